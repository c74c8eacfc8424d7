/** Applications as rows, for tests that need no browser. */
import { randomUUID } from 'node:crypto';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { submit } from '../../commands/application.ts';
import type { Deps } from '../../commands/deps.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { CaseEndingRow } from '../../db/open-case/case-ending.ts';
import { DocumentRow } from '../../db/application/evidence.ts';
import { PhotoRow } from '../../db/application/photo.ts';
import type { PhotoStore } from '../../adapters/photo-store.ts';

/** A draft that could be sent in: Zoë O'Néill's, with a passport and a photograph. @returns its id */
export async function aDraft(orm: MikroORM, organisation: string, changes: Partial<ApplicationRow> = {}): Promise<string> {
  const em = orm.em.fork();
  const id = randomUUID();
  const now = new Date();
  const stagedPhoto = randomUUID();
  await forgetAddresses(em);
  await em.insert(ApplicationRow, {
    id,
    reference: id.slice(0, 8).toUpperCase(),
    session: randomUUID(),
    organisation,
    state: 'draft',
    version: 1,
    evidenceVersion: 0,
    givenName: 'Zoë',
    familyName: "O'Néill",
    dateOfBirth: '1996-02-29',
    nationalInsuranceNumber: 'AB123456C',
    email: 'zoe@example.org',
    emailConfirmedAt: now,
    mobile: '07700900123',
    job: 'Practice nurse',
    stagedPhoto,
    changedBy: id,
    changedAt: now,
    madeAt: now,
    ...changes,
  });
  await aDocument(orm, id);
  return id;
}

/** The applicants of tests share an address: as if the hour for which codes to it are counted had passed. */
export const forgetAddresses = (em: EntityManager) => em.execute(`update email_code set address_hash = null`);

export async function aDocument(orm: MikroORM, application: string, changes: Partial<DocumentRow> = {}): Promise<string> {
  const id = randomUUID();
  const usual = { type: 'passport-with-chip' as const, number: '123456789', issuer: 'Utopia', expiresOn: '2031-02-01', described: true };
  await orm.em.fork().insert(DocumentRow, { id, application, ...usual, photos: [randomUUID()], madeAt: new Date(), ...changes });
  return id;
}

/** One that was sent in and waits for somebody to expect the person. @returns its id */
export async function aSubmittedApplication(deps: Deps, organisation: string, changes: Partial<ApplicationRow> = {}): Promise<string> {
  const id = await aDraft(deps.orm, organisation, changes);
  const outcome = await submit.perform(deps, { kind: 'applicant', id, via: 'web', key: randomUUID() }, {}, { declared: 'yes' });
  if (outcome.is !== 'saved') throw new Error(outcome.is);
  return id;
}

/** A photograph that is really there. @returns its id */
export async function aPhoto(orm: MikroORM, store: PhotoStore, application: string): Promise<string> {
  const id = randomUUID();
  const { sealed, place } = await store.keep(id, Buffer.from('a photograph'));
  await orm.em
    .fork()
    .insert(PhotoRow, {
      id,
      application,
      sealed: sealed && Buffer.from(sealed),
      place,
      width: 1,
      height: 1,
      bytes: 12,
      madeAt: new Date(),
    });
  return id;
}

/** A manager's ending of a case, as it stands before the workflow is asked. @returns its id */
export async function endedBy(orm: MikroORM, of: { id: string; organisation: string; manager: string }): Promise<string> {
  const id = randomUUID();
  const { organisation, manager: askedBy } = of;
  const now = new Date();
  const asked = { askedBy, askedAt: now, needsTwo: false, state: 'agreed' as const, changedAt: now };
  const ending = { id, kind: 'identity-proofing', caseId: of.id, organisation, reason: 'other', words: 'Sent twice' };
  await orm.em.fork().insert(CaseEndingRow, { ...ending, ...asked });
  return id;
}
