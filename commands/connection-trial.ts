/** Going through a sign-in of a connected system oneself: who may, and of which systems. The edge does it. */
import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import { connectionParams, findConnection } from './connection.ts';
import { list, query } from './query.ts';

/** A system that is on, and that people sign in to. @throws {Refusal} WRONG_STATE otherwise */
export const tryConnection = query({
  name: 'connection.try',
  permission: 'connection.read',
  params: connectionParams,
  input: z.object({ prompt: z.enum(['login']).optional() }),
  find: findConnection,
  async run({ subject: { row, organisationName }, input }) {
    if (row.state !== 'active') throw new Refusal('WRONG_STATE', 'The system is not on, so nobody can sign in to it', { state: row.state });
    if (row.settings.redirect_uris.length === 0)
      throw new Refusal('WRONG_STATE', 'Nobody signs in to this system: it has no address to come back to');
    return { id: row.id, organisationName, settings: row.settings, prompt: input.prompt };
  },
});

/** Where a trial ends: of whoever looks after systems, and of themself only. */
export const triedConnection = list({
  name: 'connection.tried',
  permission: 'connection.read',
  params: z.object({}),
  input: z.object({}),
  run: async () => ({}),
});
