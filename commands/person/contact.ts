import { z } from 'zod';
import { once } from '../../db/idempotency.ts';
import { findPerson, recordContact } from '../../db/person/person.ts';
import { causeOf, command } from '../command.ts';
import { query } from '../query.ts';

const self = async (em: Parameters<typeof findPerson>[0], id: string) => {
  const row = await findPerson(em, id);
  return { organisation: row.organisation, person: row.id, row };
};

/** How somebody is reached, to be changed by themselves. */
export const showContact = query({
  name: 'person.contact',
  permission: 'person.change-contact',
  params: z.object({}),
  input: z.object({}),
  find: (em, _params, { id }) => self(em, id),
  run: async ({ subject: { row } }) => ({ email: row.email ?? null, mobile: row.mobile ?? null }),
});

/** Changes one's own e-mail address and mobile number. For 72 hours afterwards nobody recovers anything by them. */
export const changeContact = command({
  name: 'person.change-contact',
  permission: 'person.change-contact',
  params: z.object({}),
  input: z
    .object({
      email: z
        .email('Enter an e-mail address in the correct format, like name@example.com')
        .max(254, 'Enter an e-mail address of 254 characters or fewer'),
      mobile: z
        .string()
        .trim()
        .regex(/^\+?[\d\s()-]{10,20}$/, 'Enter a mobile number, like 07700 900 982 or +44 7700 900 982')
        .optional(),
    })
    .strict(),
  find: (em, _params, { id }) => self(em, id),
  async run({ em, subject, input, ...asking }) {
    const answer = await once(em, asking.key, async (tx) => {
      const contact = { email: input.email, mobile: input.mobile ?? null };
      await recordContact(
        tx,
        subject.row,
        contact,
        asking.sealingKey,
        causeOf('person.change-contact', { ...asking, key: asking.key }, null),
      );
      return { id: subject.person };
    });
    return { is: 'saved', answer };
  },
});
