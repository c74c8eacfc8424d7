/**
 * Letters to send. A row is written with the change that causes it; the job lane sends it (workers/jobs/mail.ts).
 * It holds ids and dates: address and names are read when it is sent.
 */
import { createHash } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type MailTemplate, mailTemplates, type RecipientKind, recipientKinds } from '../domain/mail-template.ts';
import type { Cause } from './audit.ts';

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
    /** What must not be read from the table, such as a code: sealed by db/seal.ts for `mail`. Emptied once it is sent. */
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

/** A version 8 UUID (RFC 9562) of what makes a letter the same letter. */
function letterId({ id }: Cause, { to, template }: Letter): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([id, template, to.kind, to.id]))
    .digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
