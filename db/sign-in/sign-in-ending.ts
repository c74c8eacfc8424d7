/** Sign-ins that end before their time, and the news of it to each system that they let in. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Cause, recordAudit } from '../audit.ts';

/** Which sign-ins to end. @param before begun before this moment only: what somebody begins after it stays */
export type Ending =
  { person: string; before?: Date } | { smartcard: string } | { authenticator: string } | { sessionUid: string } | { id: string };

const endings = { person: 'person', smartcard: 'smartcard', authenticator: 'authenticator', sessionUid: 'session_uid', id: 'id' } as const;

/**
 * Ends them all, those that passed a limit too; each system they let in is to be told, which authentication/ending.ts does within
 * the second. In the transaction of what ended them. Again ends nothing more. @returns how many ended
 */
export async function recordSignInsEnded(em: EntityManager, cause: Cause, which: Ending, reason: string): Promise<number> {
  const { before, ...key } = which as { before?: Date };
  const [[kind, value]] = Object.entries(key) as [[keyof typeof endings, string]];
  const ended = await em.execute<Array<{ id: string; person: string; organisation: string }>>(
    `with ended as (
       update sign_in s set ended_at = :at, end_reason = :reason from person
       where s.${endings[kind]} = :value and s.ended_at is null and person.id = s.person ${before ? 'and s.started_at < :before' : ''}
       returning s.id, s.person, person.organisation),
     telling as (update sign_in_client set tell_at = now() where told_at is null and sign_in in (select id from ended))
     select * from ended`,
    { at: cause.at, reason, value, before: before ?? null },
  );
  for (const [index, { id, person, organisation }] of ended.entries()) {
    const detail = { signIn: id, reason };
    await recordAudit(em, cause, { what: 'sign-in.end', subjectKind: 'person', subjectId: person, organisation, detail }, index + 1);
  }
  return ended.length;
}

interface EndedPosition {
  id: string;
  person: string;
  organisation: string;
  endsAt: string;
}

/**
 * Takes note of positions that came to their end, the first of them, and ends what their holders were signed in to before that
 * moment. Several processes may do it at once. @returns how many there were
 */
export async function recordPositionsEnded(em: EntityManager, atMost: number): Promise<number> {
  return em.transactional(async (tx) => {
    const ended = await tx.execute<EndedPosition[]>(
      `update role_profile set end_recorded_at = now() where id in (
         select id from role_profile where end_recorded_at is null and ends_at <= now() order by ends_at limit :atMost for update skip locked)
       returning id, person, organisation, ends_at as "endsAt"`,
      { atMost },
    );
    for (const { id, person, organisation, endsAt } of ended) {
      const at = new Date(endsAt);
      const cause: Cause = { id: `role-profile/${id}/end/${at.toISOString()}`, at, who: 'system', via: 'authentication', caseId: null };
      const detail = { roleProfile: id };
      await recordAudit(tx, cause, { what: 'role-profile.end', subjectKind: 'person', subjectId: person, organisation, detail });
      await recordSignInsEnded(tx, { ...cause, id: `${cause.id}/sign-ins` }, { person, before: at }, 'position.ended');
    }
    return ended.length;
  });
}

/** A system to be told that a sign-in is over. */
export interface ToTell {
  grant: string;
  signIn: string;
  careId: string;
  client: string;
  sid: string;
  /** Those before this one. */
  tries: number;
  answer: Answer | null;
}
export type Answer = 'told' | 'failed' | 'given-up' | 'takes-none';

/** Longer than a system may take to answer: if this process dies, another takes it up after that. */
const takenForSeconds = 20;

/** Takes those whose time has come, the longest waiting first: nobody else takes them for a while. */
export const takeSystemsToTell = (em: EntityManager, atMost: number): Promise<ToTell[]> =>
  em.execute<ToTell[]>(
    `update sign_in_client c set tell_at = now() + make_interval(secs => ${takenForSeconds}) from sign_in s, person
     where s.id = c.sign_in and person.id = s.person and c.grant_id in (
       select grant_id from sign_in_client where tell_at <= now() order by tell_at limit :atMost for update skip locked)
     returning c.grant_id as "grant", s.id as "signIn", person.care_id as "careId", c.client, c.sid, c.tries, c.answer`,
    { atMost },
  );

/**
 * How a system took the news. The audit keeps the first failure and the last word.
 * @param again when it is told again, if it is
 */
export async function recordSystemTold(
  em: EntityManager,
  { grant, signIn, client, tries, answer: before }: ToTell,
  { answer, at, again = null }: { answer: Answer; at: Date; again?: Date | null },
): Promise<void> {
  await em.transactional(async (tx) => {
    await tx.execute(
      `update sign_in_client set answer = :answer, tries = :tries, tell_at = :again, told_at = :toldAt where grant_id = :grant and told_at is null`,
      { answer, tries: tries + 1, again, grant, toldAt: again ? null : at },
    );
    if (answer === before || answer === 'takes-none') return;
    const cause: Cause = { id: `sign-in/${signIn}/tell/${client}/${answer}`, at, who: 'system', via: 'authentication', caseId: null };
    const detail = { signIn, answer, tries: String(tries + 1) };
    await recordAudit(tx, cause, { what: 'sign-in.tell-end', subjectKind: 'client', subjectId: client, organisation: '', detail });
  });
}

/** Told by oidc-provider itself, while somebody signs out: nobody tells it again. */
export const recordToldAtSignOut = async (em: EntityManager, client: string, sid: string, at: Date): Promise<void> =>
  void (await em.execute(
    `update sign_in_client set told_at = :at, answer = 'told', tries = tries + 1, tell_at = null where client = :client and sid = :sid`,
    { client, sid, at },
  ));
