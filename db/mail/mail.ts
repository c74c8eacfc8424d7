/**
 * Letters to send. A row is written with the change that causes it; the job lane sends it (workers/jobs/mail.ts).
 * It holds ids and dates: address and names are read when it is sent.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type MailTemplate, mailTemplates, type RecipientKind, recipientKinds } from '../../domain/mail-template.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { uuidOf } from '../uuid.ts';

export const mailStates = ['queued', 'sent', 'failed'] as const;

const schema = defineEntity({
  name: 'MailRow',
  tableName: 'mail',
  properties: {
    id: p.uuid().primary(),
    organisation: p.string(),
    toKind: p.enum(recipientKinds),
    toId: p.uuid(),
    template: p.enum(mailTemplates),
    aboutKind: p.string(),
    aboutId: p.string(),
    /** Ids and dates. */
    data: p.json().$type<Record<string, string>>(),
    /** What must not be read from the table, such as a code or a link: see `sealedFor`. Emptied once it is sent. */
    sealed: p.blob().nullable(),
    state: p.enum(mailStates),
    attempts: p.integer().default(0),
    nextTryAt: p.datetime(),
    /** After this it helps nobody: a code that has expired. */
    uselessAt: p.datetime().nullable(),
    /** The class of the last error; never its message. */
    error: p.string().nullable(),
    /** Given before the first try and kept, so that a mail server can drop a second. */
    messageId: p.string().nullable(),
    /** The workflow that caused it. */
    caseId: p.string().nullable(),
    queuedAt: p.datetime(),
    sentAt: p.datetime().nullable(),
  },
});

export class MailRow extends schema.class {}
schema.setClass(MailRow);

/** What db/seal.ts binds the sealed part of a letter to: JSON of `Hidden`. The key is PAYLOAD_KEY, which whoever queues and whoever sends have. */
export const sealedFor = 'mail';
export interface Hidden {
  /** Six digits. */
  code?: string;
  /** What stands in a link. */
  link?: string;
  /** The whole address of a page of the authentication service, which opens nothing by itself. */
  page?: string;
  /** Where this letter goes, instead of where its reader is reached now: how they were reached before. */
  address?: string;
}

export interface Letter {
  to: { kind: RecipientKind; id: string };
  template: MailTemplate;
  /** What it is about; kind and id of an open case, where one waits for it. */
  about: { kind: string; id: string };
  organisation: string;
  data?: Readonly<Record<string, string>>;
  sealed?: Buffer;
  uselessAt?: Date;
}

/** Queues a letter in the caller's transaction. One cause queues a template once for each recipient, however often it is tried. */
export async function recordMail(em: EntityManager, letter: Letter, cause: Cause): Promise<void> {
  const { to, template, about, organisation, data = {}, sealed = null, uselessAt = null } = letter;
  await em
    .createQueryBuilder(MailRow)
    .insert({
      id: letterId(cause, letter),
      organisation,
      toKind: to.kind,
      toId: to.id,
      template,
      aboutKind: about.kind,
      aboutId: about.id,
      data,
      sealed,
      state: 'queued',
      nextTryAt: new Date(),
      uselessAt,
      caseId: cause.caseId,
      queuedAt: cause.at,
    })
    .onConflict('id')
    .ignore()
    .execute('run');
}

/** Of what makes a letter the same letter. */
const letterId = ({ id }: Cause, { to, template }: Letter): string => uuidOf(JSON.stringify([id, template, to.kind, to.id]));

/** The letters to try now, the longest overdue first. */
export async function dueMail(em: EntityManager, limit: number): Promise<string[]> {
  const due = { state: 'queued' as const, nextTryAt: { $lte: new Date() } };
  const rows = await em.find(MailRow, due, { fields: ['id'], orderBy: { nextTryAt: 1 }, limit });
  return rows.map(({ id }) => id);
}

/**
 * Takes a letter for one try. Until the next try is due nobody else takes it, so that a sender that dies costs a pause and no letter.
 *
 * @returns undefined if it is over, or somebody else has it
 */
export async function takeMail(em: EntityManager, id: string, pauseMs: (attempt: number) => number): Promise<MailRow | undefined> {
  return em.transactional(async (tx) => {
    const [held] = await tx.execute<Array<{ attempts: number }>>(
      `select attempts from mail where id = :id and state = 'queued' and next_try_at <= now() for update skip locked`,
      { id },
    );
    if (!held) return undefined;
    const attempts = held.attempts + 1;
    const nextTryAt = new Date(Date.now() + pauseMs(attempts));
    await tx.nativeUpdate(MailRow, { id }, { attempts, nextTryAt });
    await tx.nativeUpdate(MailRow, { id, messageId: null }, { messageId: id });
    return tx.findOneOrFail(MailRow, { id }, { refresh: true });
  });
}

/** A try that failed and that will be made again. */
export const recordMailTried = (em: EntityManager, { id }: MailRow, error: string): Promise<number> =>
  em.nativeUpdate(MailRow, { id, state: 'queued' }, { error });

/** The end of a letter: sent, or given up. Once: whoever comes second changes nothing. */
export async function recordMailOver(em: EntityManager, row: MailRow, over: { state: 'sent' | 'failed'; error?: string }): Promise<void> {
  const at = new Date();
  const { id, template, toKind, toId, organisation, caseId } = row;
  const sent = over.state === 'sent' && { sealed: null, sentAt: at };
  const values = { state: over.state, error: over.error ?? null, ...sent };
  await em.transactional(async (tx) => {
    if ((await tx.nativeUpdate(MailRow, { id, state: 'queued' }, values)) === 0) return;
    const cause: Cause = { id: `mail/${id}`, at, who: 'system', via: 'job', caseId: caseId ?? null };
    const detail = { template, toKind, to: toId, ...(over.error && { error: over.error }) };
    await recordAudit(tx, cause, { what: `mail.${over.state}`, subjectKind: 'mail', subjectId: id, organisation, detail });
  });
}

const unsent = {
  $or: [
    { state: 'queued' as const, attempts: { $gt: 0 } },
    { state: 'failed' as const, error: { $ne: 'TooLate' } },
  ],
};

/** The letters of a case that were tried in vain, those given up included. */
export const failingMail = (em: EntityManager, about: { kind: string; id: string }): Promise<MailRow[]> =>
  em.find(MailRow, { aboutKind: about.kind, aboutId: about.id, ...unsent }, { orderBy: { queuedAt: 1 } });

/** Tries all of these again now. @returns how many */
export const recordMailRetry = (em: EntityManager, about: { kind: string; id: string }): Promise<number> =>
  em.nativeUpdate(
    MailRow,
    { aboutKind: about.kind, aboutId: about.id, ...unsent },
    { state: 'queued', nextTryAt: new Date(), attempts: 0, queuedAt: new Date() },
  );
