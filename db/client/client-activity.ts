/** What the audit says of a connected system's last days: how often people signed in to it, and what went wrong. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** So many records of each kind are looked at, the latest first: a system that has more is busy, and its numbers say so. */
export const mostLookedAt = 10_000;

const kinds = ['token.issue', 'token.refuse', 'sign-in.fail'] as const;

export interface ClientActivity {
  /** Tokens issued: sign-ins at this system, those without a question to the person among them. */
  signIns: number;
  /** What it, or somebody on the way to it, was refused; the most frequent first. */
  failures: Array<{ what: 'token.refuse' | 'sign-in.fail'; reason: string; n: number; lastAt: Date }>;
  /** By the day in London, the latest first; days without anything are left out. */
  days: Array<{ day: string; signIns: number; failures: number }>;
  /** There are more than were counted: what is said is of the latest. */
  isMore: boolean;
}

interface Line {
  what: (typeof kinds)[number];
  reason: string | null;
  day: string;
  n: number;
  lastAt: string;
}

/** One query: so many of the index at most, however busy the system is. */
export async function activityOf(em: EntityManager, client: string, since: Date): Promise<ClientActivity> {
  const latest = kinds.map(
    (what) =>
      `(select at, what, detail->>'reason' as reason from audit
        where detail->>'client' = :client and what = '${what}' and at >= :since order by at desc limit ${mostLookedAt + 1})`,
  );
  const lines = await em.execute<Line[]>(
    `select what, reason, (at at time zone 'Europe/London')::date::text as day, count(*)::int as n, max(at) as "lastAt"
     from (${latest.join(' union all ')}) told group by 1, 2, 3`,
    { client, since },
  );
  const isMore = kinds.some((kind) => sum(lines.filter(({ what }) => what === kind)) > mostLookedAt);
  return { signIns: sum(lines.filter(isSignIn)), failures: failuresIn(lines), days: daysIn(lines), isMore };
}

const isSignIn = ({ what }: Line) => what === 'token.issue';
const sum = (lines: readonly Line[]) => lines.reduce((all, { n }) => all + n, 0);

function failuresIn(lines: readonly Line[]): ClientActivity['failures'] {
  const found = new Map<string, ClientActivity['failures'][number]>();
  for (const { what, reason, n, lastAt } of lines) {
    if (what === 'token.issue') continue;
    const key = `${what} ${reason}`;
    const before = found.get(key);
    const at = new Date(lastAt);
    found.set(key, {
      what,
      reason: reason ?? 'unknown',
      n: n + (before?.n ?? 0),
      lastAt: before && before.lastAt > at ? before.lastAt : at,
    });
  }
  return [...found.values()].toSorted((one, other) => other.n - one.n);
}

function daysIn(lines: readonly Line[]): ClientActivity['days'] {
  const days = [...new Set(lines.map(({ day }) => day))].toSorted().toReversed();
  return days.map((day) => {
    const ofDay = lines.filter((line) => line.day === day);
    const signIns = sum(ofDay.filter(isSignIn));
    return { day, signIns, failures: sum(ofDay) - signIns };
  });
}

/** At most once a minute a client, so that a busy one costs no more than a quiet one. */
export async function recordClientUsed(em: EntityManager, client: string): Promise<void> {
  await em.execute(
    `update client set last_used_at = now() where id = :client and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    { client },
  );
}

/** How many people are signed in there now, up to a number: whom switching it off would cut off. */
export async function signedInAt(em: EntityManager, client: string, most: number): Promise<number> {
  const [row] = await em.execute<Array<{ n: number }>>(
    `select count(*)::int as n from (
       select from sign_in_client c join sign_in s on s.id = c.sign_in and s.ended_at is null where c.client = :client limit :most) counted`,
    { client, most },
  );
  return row?.n ?? 0;
}
