/**
 * Who is signed in, with what. The one truth about sessions: whatever Redis or a cookie says, a sign-in is good only while this row,
 * its person, its card or authenticator and its chosen role profile are. Who asks also says that the person is still there.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type Cause, recordAudit, type Recorded } from '../audit.ts';
import { prepared } from '../prepared.ts';

const schema = defineEntity({
  name: 'SignInRow',
  tableName: 'sign_in',
  properties: {
    id: p.uuid().primary(),
    person: p.uuid(),
    method: p.string(),
    /** Authentication assurance level (GPG 44), 1 to 3. */
    level: p.integer(),
    acr: p.string(),
    smartcard: p.uuid().nullable(),
    authenticator: p.uuid().nullable(),
    personGeneration: p.integer(),
    smartcardGeneration: p.integer().nullable(),
    /** The session of the browser at the authentication service. */
    sessionUid: p.string().nullable(),
    /** Chosen for relying parties that ask, once a sign-in. */
    roleProfile: p.string().nullable(),
    startedAt: p.datetime(),
    seenAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    endReason: p.string().nullable(),
  },
});

export class SignInRow extends schema.class {}
schema.setClass(SignInRow);

export const signInMethods = ['smartcard', 'security-key', 'biometrics', 'passkey', 'password-totp'] as const;
export type SignInMethod = (typeof signInMethods)[number];

export interface LiveSignIn {
  id: string;
  person: string;
  careId: string;
  /** Where the person is registered: whose limits hold. */
  organisation: string;
  method: SignInMethod;
  level: number;
  acr: string;
  smartcard: string | null;
  authenticator: string | null;
  roleProfile: string | null;
  identityAssuranceLevel: number;
  termsVersion: number | null;
  startedAt: Date;
  /** The chosen role's, if one is chosen. */
  roleOrganisation: string | null;
  roleJob: string | null;
  title: string | null;
  givenNames: string | null;
  familyName: string;
  email: string | null;
  /** What the tokens of the client that asks hang on, if it was let in by this sign-in before. */
  grant: string | null;
}

/** What leads to a sign-in: its own id, the browser's session, a grant to a client, or the session id that client was told. */
export type SignInKey = { id: string } | { sessionUid: string } | { grant: string } | { client: string; sid: string };

const keys = {
  id: `s.id = :id`,
  sessionUid: `s.session_uid = :sessionUid`,
  grant: `s.id = (select sign_in from sign_in_client where grant_id = :grant)`,
  sid: `s.id in (select sign_in from sign_in_client where client = :client and sid = :sid)`,
} as const;
/**
 * Sign-ins (s) that are good now, with their person, organisation (o), card (c), authenticator (a) and role profile (r), where they have
 * one: not ended by any way, nor past one of their organisation's limits. Narrow it with `and`.
 */
export const fromLiveSignIns = `
  from sign_in s
  join person on person.id = s.person and person.state = 'active' and person.generation = s.person_generation
  join organisation o on o.code = person.organisation
  left join smartcard c on c.id = s.smartcard and c.state = 'active' and c.generation = s.smartcard_generation
  left join authenticator a on a.id = s.authenticator and a.removed_at is null and a.suspended_at is null
  left join role_profile r on r.id = s.role_profile and r.starts_at <= now() and (r.ends_at is null or now() < r.ends_at)
  where s.ended_at is null
    and (s.smartcard is null or c.id is not null) and (s.authenticator is null or a.id is not null)
    and (s.role_profile is null or r.id is not null)
    and now() < s.started_at + make_interval(hours => o.absolute_hours) and now() < s.seen_at + make_interval(mins => o.idle_minutes)`;

/** So that an active person costs a write a half-minute, not one a request. */
const seenEverySeconds = 30;

type Found = Omit<LiveSignIn, 'startedAt'> & { startedAt: string };
/** By what each is looked up: one text, planned once. */
const liveBy = Object.fromEntries(
  Object.entries(keys).map(([by, where]) => [
    by,
    prepared<Found>(
      `live-sign-in-${by}`,
      `with live as (
         select s.id, s.person, person.care_id as "careId", person.organisation, s.method, s.level, s.acr, s.smartcard, s.authenticator,
           s.role_profile as "roleProfile", person.identity_assurance_level as "identityAssuranceLevel",
           person.terms_version as "termsVersion", s.started_at as "startedAt", s.seen_at,
           r.organisation as "roleOrganisation", r.job_role as "roleJob",
           person.title, person.given_names as "givenNames", person.family_name as "familyName", person.email,
           (select grant_id from sign_in_client where sign_in = s.id and client = :asking) as "grant"
         ${fromLiveSignIns} and ${where}
         order by s.started_at desc limit 1),
       seen as (
         update sign_in set seen_at = now() where id in (select id from live where seen_at < now() - make_interval(secs => ${seenEverySeconds})))
       select * from live`,
    ),
  ]),
) as Record<keyof typeof keys, ReturnType<typeof prepared<Found>>>;

/**
 * @param asking the client that asks, if its own grant is wanted
 * @returns nothing if it ended, by whatever way, or passed one of its organisation's limits. One query.
 */
export async function liveSignIn(em: EntityManager, key: SignInKey, asking: string | null = null): Promise<LiveSignIn | undefined> {
  const by = (['id', 'sessionUid', 'grant', 'sid'] as const).find((each) => each in key);
  if (!by) throw new Error('a sign-in is looked up by nothing');
  const [row] = await liveBy[by](em, { ...key, asking });
  return row && { ...row, startedAt: new Date(row.startedAt) };
}

export interface NewSignIn {
  id: string;
  person: string;
  organisation: string;
  method: SignInMethod;
  level: number;
  acr: string;
  smartcard: string | null;
  authenticator: string | null;
  personGeneration: number;
  smartcardGeneration: number | null;
  client: string;
}

/** @param cause its `at` is when the person proved who they are */
export async function recordSignIn(em: EntityManager, cause: Cause, { client, organisation, ...row }: NewSignIn): Promise<void> {
  const times = { startedAt: cause.at, seenAt: cause.at, endedAt: null, endReason: null };
  await em.insert(SignInRow, { ...row, sessionUid: null, roleProfile: null, ...times });
  const with_ = row.smartcard ?? row.authenticator;
  await recordAudit(em, cause, {
    what: 'sign-in.succeed',
    subjectKind: 'person',
    subjectId: row.person,
    organisation,
    detail: { signIn: row.id, client, method: row.method, level: String(row.level), ...(with_ && { authenticator: with_ }) },
  });
}

export interface FailedSignIn {
  /** Null while nobody has proved to be anybody. */
  person: string | null;
  organisation: string | null;
  method: SignInMethod;
  /** A code: see authentication/sign-in/failure.ts. */
  reason: string;
  client: string;
  with?: string;
}

export const recordSignInFailed = (em: EntityManager, cause: Cause, { person, organisation, ...failed }: FailedSignIn): Promise<void> =>
  recordAudit(em, cause, {
    what: 'sign-in.fail',
    subjectKind: person ? 'person' : 'sign-in',
    subjectId: person ?? cause.id,
    organisation: organisation ?? '',
    detail: { client: failed.client, method: failed.method, reason: failed.reason, ...(failed.with && { authenticator: failed.with }) },
  });

/** Ties a sign-in to the browser's session, which begins only after it. Again is nothing new. */
export async function recordSession(em: EntityManager, id: string, sessionUid: string): Promise<void> {
  await em.nativeUpdate(SignInRow, { id, sessionUid: null }, { sessionUid });
}

export async function recordRoleChoice(
  em: EntityManager,
  cause: Cause,
  signIn: LiveSignIn,
  roleProfile: string,
  client: string,
): Promise<void> {
  await em.nativeUpdate(SignInRow, { id: signIn.id }, { roleProfile });
  await recordAudit(em, cause, {
    what: 'sign-in.choose-role',
    subjectKind: 'person',
    subjectId: signIn.person,
    organisation: signIn.organisation,
    detail: { signIn: signIn.id, roleProfile, client },
  });
}

export interface Granted {
  grant: string;
  client: string;
  sid: string;
}

/** A system was let in by this sign-in: whom to tell when it ends, and what its tokens hang on. */
export async function recordClient(em: EntityManager, signIn: LiveSignIn, { grant, client, sid }: Granted, at: Date): Promise<void> {
  await em.execute(
    `insert into sign_in_client (grant_id, sign_in, client, sid, at) values (:grant, :signIn, :client, :sid, :at)
     on conflict (sign_in, client) do update set grant_id = excluded.grant_id, sid = excluded.sid`,
    { grant, signIn: signIn.id, client, sid, at },
  );
}

/** Of a token: for the audit, which the caller keeps. */
export const tokenIssued = (signIn: LiveSignIn, client: string): Recorded => ({
  what: 'token.issue',
  subjectKind: 'person',
  subjectId: signIn.person,
  organisation: signIn.organisation,
  detail: { signIn: signIn.id, client, level: String(signIn.level), ...(signIn.roleProfile && { roleProfile: signIn.roleProfile }) },
});

/** Of a token that a system got for itself. */
export const tokenIssuedTo = (client: string): Recorded => ({
  what: 'token.issue-to-client',
  subjectKind: 'client',
  subjectId: client,
  organisation: '',
  detail: { client },
});

export const tokenRefused = (detail: { client: string; reason: string }): Recorded => ({
  what: 'token.refuse',
  subjectKind: 'client',
  subjectId: detail.client,
  organisation: '',
  detail,
});

/** The audit keeps their story; here only those of the last days are of use. */
export async function forgetSignIns(em: EntityManager, before: Date): Promise<void> {
  await em.nativeDelete(SignInRow, { startedAt: { $lt: before } });
}
