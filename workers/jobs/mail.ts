/**
 * Sends the letters of table `mail`. A letter is tried with growing pauses until it is sent, refused for good or of no more use;
 * while it fails, the case it is about shows that. Delivery is at least once, under one Message-ID.
 */
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Redis } from 'ioredis';
import { mailLane, openLane } from '../../adapters/lane.ts';
import { type Mail, MailError } from '../../adapters/mail.ts';
import { dueMail, type Hidden, type MailRow, recordMailOver, recordMailTried, sealedFor, takeMail } from '../../db/mail/mail.ts';
import { recordFailing, recordWorking } from '../../db/open-case/open-case.ts';
import { OrganisationRow } from '../../db/organisation/organisation.ts';
import { PositionRow } from '../../db/position-request/position.ts';
import { getRecipient } from '../../db/mail/recipient.ts';
import { unseal } from '../../db/seal.ts';
import { repeat, startLane } from './lane.ts';
import { factsOf, wholeText } from './mail/facts.ts';
import { letters } from './mail/letters.ts';

export interface MailLaneDeps {
  orm: MikroORM;
  redis: Redis;
  mail: Mail;
  webUrl: string;
  /** Opens what is sealed in a letter: PAYLOAD_KEY. */
  key: Uint8Array;
  /** How often the table is read. */
  sweepMs?: number;
  /** How long after a failed try the next is due. */
  pauseMs?: (attempt: number) => number;
}

const minuteMs = 60_000;

/** Half a minute, then twice as long each time, a quarter of an hour at most: an hour's outage is over within a quarter after it ends. */
export const growingPause = (attempt: number): number => Math.min(0.5 * minuteMs * 2 ** (attempt - 1), 15 * minuteMs);

const giveUpAfterMs = 3 * 24 * 60 * minuteMs;

/** Works until it is stopped, and then finishes what it has in hand. */
export function startMailLane(deps: MailLaneDeps): { stop: () => Promise<void> } {
  const { orm, redis, sweepMs = 1000 } = deps;
  const adder = openLane(mailLane, redis);
  const worker = startLane(mailLane, redis, { work: (id) => sendOne(deps, id), concurrency: 5 });
  const sweep = repeat('mail sweep', sweepMs, async () => {
    const due = await dueMail(orm.em.fork(), 500);
    if (due.length > 0) await adder.add(due);
  });
  return {
    async stop() {
      await sweep.stop();
      await worker.close();
      await adder.close();
    },
  };
}

async function sendOne(deps: MailLaneDeps, id: string): Promise<void> {
  const em = deps.orm.em.fork();
  const row = await takeMail(em, id, deps.pauseMs ?? growingPause);
  if (!row) return;
  const about = [row.aboutKind, row.aboutId] as const;
  const error = await tried(deps, row);
  if (error === undefined) {
    await recordMailOver(em, row, { state: 'sent' });
    await recordWorking(em, ...about, mailLane);
    return;
  }
  const isOver = endings.includes(error) || Date.now() - row.queuedAt.getTime() > giveUpAfterMs;
  if (isOver) await recordMailOver(em, row, { state: 'failed', error });
  else await recordMailTried(em, row, error);
  if (error === 'TooLate') return;
  await recordFailing(em, ...about, { what: mailLane, error, attempts: row.attempts, nextTryAt: isOver ? null : row.nextTryAt });
}

/** After these another try would end the same way. */
const endings: readonly string[] = ['MailAddressRefused', 'NoAddress', 'TooLate'];

/** @returns the class of what went wrong, or nothing when the mail server has taken the letter */
async function tried({ orm, mail, webUrl, key }: MailLaneDeps, row: MailRow): Promise<string | undefined> {
  if (row.uselessAt && row.uselessAt.getTime() <= Date.now()) return 'TooLate';
  const em = orm.em.fork();
  const to = await getRecipient(em, row.toKind, row.toId);
  const hidden = row.sealed ? (JSON.parse(unseal(key, sealedFor, row.sealed).toString()) as Hidden) : {};
  const address = hidden.address ?? to?.address;
  if (!to || !address) return 'NoAddress';
  const organisation = await em.findOneOrFail(OrganisationRow, { code: row.organisation });
  const { name, raContact } = organisation;
  const position = row.data['position'] ? (await em.findOne(PositionRow, { id: row.data['position'] }))?.name : undefined;
  const { subject, text } = letters[row.template](
    factsOf({ organisation: name, raContact: raContact ?? null, data: row.data, hidden, webUrl, position }),
  );
  try {
    const envelope = { to: { name: to.name, address }, subject, text: wholeText(to.name, text) };
    await mail.send({ ...envelope, messageId: row.messageId ?? row.id });
    return undefined;
  } catch (error) {
    if (error instanceof MailError) return error.name;
    throw error;
  }
}
