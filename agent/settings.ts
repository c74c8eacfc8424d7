import { z } from 'zod';
import { cardDrivers } from '../domain/agent-protocol.ts';

const settings = z
  .object({
    AGENT_PORT: z.coerce.number().int().min(0).max(65_535).default(43_485),
    /** File: who may ask, a JWS, signed with the ceremony `origins`. */
    ALLOWED_ORIGINS: z.string(),
    /** File: the public key (JWK) of those who sign that list. */
    ALLOWED_ORIGINS_KEY: z.string(),
    /** Software cards are for development: only sites of a list that says it is of dev may use them. */
    AGENT_DRIVER: z.enum(cardDrivers).default('pkcs11'),
    /** Folder of the software cards. */
    AGENT_DRAWER: z.string().optional(),
    /** Names of pretend readers, with commas between. */
    AGENT_READERS: z
      .string()
      .default('Reader 1,Reader 2')
      .transform((text) => text.split(',').map((name) => name.trim())),
    /** Path of the card maker's PKCS#11 library. */
    PKCS11_MODULE: z.string().optional(),
    /** The SO PIN cards are delivered with; replaced by the PUK when a card is set up. */
    PKCS11_FACTORY_SO_PIN: z.string().optional(),
  })
  .refine((set) => set.AGENT_DRIVER !== 'software' || set.AGENT_DRAWER !== undefined, 'AGENT_DRAWER is needed for software cards')
  .refine((set) => set.AGENT_DRIVER !== 'pkcs11' || set.PKCS11_MODULE !== undefined, 'PKCS11_MODULE is needed for real cards');

export type AgentSettings = z.output<typeof settings>;

/** The agent's settings, checked once. Only agent.ts calls it. */
export const readSettings = (environment: NodeJS.ProcessEnv): AgentSettings => settings.parse(environment);
