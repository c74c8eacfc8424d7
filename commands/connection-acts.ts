/** What integration staff do with connected systems: register, change, decide what widens, switch off at once. Audited by db/client/client.ts. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { recordChangeDecided, recordClient, recordClientChange, recordClientState } from '../db/client/client.ts';
import { once } from '../db/idempotency.ts';
import { findOrganisation } from '../db/organisation/organisation.ts';
import { causeOf, command, uuidFrom } from './command.ts';
import { changeInput, refusePrivateAddresses, registrationInput, registrationOf } from './connection-form.ts';
import { changeParams, connectionParams, findChange, findConnection } from './connection.ts';
import { atOrganisation } from '../domain/organisation-code.ts';

/** Twelve digits, as the national service gives them: of the key, so that one key makes one system. */
const newClientId = (hash: string, environment: string) => {
  const number = BigInt(`0x${createHash('sha256').update(`client ${hash}`).digest('hex')}`) % 10n ** 12n;
  return `${String(number).padStart(12, '0')}.apps.${environment === 'live' ? 'national' : environment}`;
};

/** Registers a system. It signs nobody in before a second person approves it. */
export const registerConnection = command({
  name: 'connection.register',
  permission: 'connection.change',
  params: atOrganisation,
  input: registrationInput,
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run({ em, input, ...asking }) {
    refusePrivateAddresses(input, asking);
    const { organisation } = asking.subject;
    const id = newClientId(asking.key.hash, input.environment);
    const change = uuidFrom(asking.key);
    const answer = await once(em, asking.key, async (tx) => {
      await recordClient(tx, causeOf('connection.register', asking, null), { id, organisation, change, ...registrationOf(input, id) });
      return { id, change };
    });
    return { is: 'saved', answer };
  },
});

/** Changes a system at once; what widens what it may see waits for a second person. */
export const changeConnection = command({
  name: 'connection.change',
  permission: 'connection.change',
  params: connectionParams,
  input: changeInput,
  find: findConnection,
  async run({ em, input, ...asking }) {
    refusePrivateAddresses(input, asking);
    const { id } = asking.subject.row;
    const change = uuidFrom(asking.key);
    const changed = { id, version: input.version, change, ...registrationOf(input, id) };
    const answer = await once(em, asking.key, async (tx) => {
      const widens = await recordClientChange(tx, causeOf('connection.change', asking, null), changed);
      return { id, widens, change: widens.length > 0 ? change : null };
    });
    return { is: 'saved', answer };
  },
});

const reason = z.string().trim().max(500, 'Enter 500 characters or fewer').optional();

/** A second person decides. */
export const decideConnectionChange = command({
  name: 'connection.decide-change',
  permission: 'connection.approve',
  params: changeParams,
  input: z
    .strictObject({ answer: z.enum(['approved', 'rejected'], 'Select whether you approve the change'), reason })
    .superRefine((given, context) => {
      if (given.answer === 'rejected' && !given.reason)
        context.addIssue({ code: 'custom', path: ['reason'], message: 'Enter why you reject it' });
    }),
  find: findChange,
  async run({ em, input, ...asking }) {
    const { row, asked } = asking.subject;
    const decided = { change: asked.id, answer: input.answer, reason: input.reason ?? null };
    const answer = await once(em, asking.key, async (tx) => {
      await recordChangeDecided(tx, causeOf('connection.decide-change', asking, null), decided);
      return { id: row.id, answer: input.answer };
    });
    return { is: 'saved', answer };
  },
});

/** Whoever asked takes it back. */
export const withdrawConnectionChange = command({
  name: 'connection.withdraw-change',
  permission: 'connection.withdraw',
  params: changeParams,
  input: z.strictObject({}),
  find: findChange,
  async run({ em, ...asking }) {
    const { row, asked } = asking.subject;
    const answer = await once(em, asking.key, async (tx) => {
      await recordChangeDecided(tx, causeOf('connection.withdraw-change', asking, null), { change: asked.id, answer: 'withdrawn' });
      return { id: row.id };
    });
    return { is: 'saved', answer };
  },
});

/** Off at once, with every session and token it was given; or on again. */
export const switchConnection = command({
  name: 'connection.switch',
  permission: 'connection.change',
  params: connectionParams,
  input: z.strictObject({ to: z.enum(['on', 'off']) }),
  find: findConnection,
  async run({ em, input: { to }, ...asking }) {
    const { id } = asking.subject.row;
    const answer = await once(em, asking.key, async (tx) => {
      await recordClientState(tx, causeOf('connection.switch', asking, null), id, to === 'on' ? 'active' : 'off');
      return { id, state: to };
    });
    return { is: 'saved', answer };
  },
});
