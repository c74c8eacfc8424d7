import { z } from 'zod';

/** As the Organisation Data Service gives them, our own among them. */
export const organisationCode = z.string().regex(/^[A-Z0-9]{3,10}$/);
/** Of what happens at one organisation. */
export const atOrganisation = z.object({ organisation: organisationCode });
