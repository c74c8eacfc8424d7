/** What integration staff say of a connected system, by the names of OpenID Connect where it has one. What it may ask for always has a purpose. */
import { z } from 'zod';
import { type ClientRow, clientEnvironments, type Registration } from '../db/client/client.ts';
import { client, clientFields, type ClientScope, clientScopes } from '../domain/client.ts';
import { day } from '../domain/day.ts';
import { addDays, londonDay } from '../domain/days.ts';
import { organisationCode } from '../domain/organisation-code.ts';
import { outgoingProblem } from '../domain/outgoing-address.ts';
import { Refusal } from '../domain/refusal.ts';
import { emailAddress } from './application-draft.ts';
import type { Deps } from './deps.ts';

type Asked = Exclude<ClientScope, 'openid'>;
/** Every scope but openid, which every system has. */
export const askedScopes = (Object.keys(clientScopes) as ClientScope[]).filter((scope): scope is Asked => scope !== 'openid');

const words = (missing: string, most: number) => z.string(missing).trim().min(1, missing).max(most, `Enter ${most} characters or fewer`);

/** A list whose error is the list's own, since a form has one field for it. */
function listOf(item: z.ZodType<string>, most: number, message: string) {
  return z
    .array(z.string().trim())
    .max(most, `Enter ${most} at most`)
    .superRefine((texts, context) => {
      const wrong = texts.find((text) => !item.safeParse(text).success);
      if (wrong !== undefined) context.addIssue({ code: 'custom', message: `${message}: ${wrong.slice(0, 100)}` });
    });
}

const addressWords = 'Enter a whole address that begins with https and has no #';
const addresses = listOf(clientFields.redirect_uris.unwrap().element, 20, `${addressWords}, one a line`).default([]);
const {
  token_endpoint_auth_method,
  token_endpoint_auth_signing_alg,
  id_token_signed_response_alg,
  userinfo_signed_response_alg,
  pkce_required,
  require_pushed_authorization_requests,
  dpop_bound_access_tokens,
  fapi,
  may_introspect,
  refresh_tokens,
  client_credentials,
} = clientFields;

const mostReviewDays = 731;
const reviewWords = 'Enter the day by which somebody looks at it again, within two years';

const fields = {
  name: words('Enter what people know the system by', 100),
  environment: z.enum(clientEnvironments, 'Select where the system runs'),
  contact: emailAddress,
  reviewOn: z
    .string(reviewWords)
    .pipe(day)
    .refine((on) => on > londonDay(new Date()) && on <= addDays(londonDay(new Date()), mostReviewDays), reviewWords),
  /** What it may ask for besides openid, each with its purpose. */
  scopes: z.partialRecord(z.enum(askedScopes as [Asked, ...Asked[]]), words('Enter why the system is told this', 300)).default({}),
  redirect_uris: addresses,
  post_logout_redirect_uris: addresses,
  backchannel_logout_uri: clientFields.redirect_uris.unwrap().element.optional(),
  token_endpoint_auth_method,
  token_endpoint_auth_signing_alg,
  jwks_uri: clientFields.jwks_uri,
  id_token_signed_response_alg,
  userinfo_signed_response_alg,
  minimum_level: z.int('Select the weakest sign-in it takes').min(1).max(3).default(2),
  pkce_required,
  require_pushed_authorization_requests,
  dpop_bound_access_tokens,
  fapi,
  organisations: listOf(organisationCode, 500, 'Enter organisation codes, such as A81001').min(1).optional(),
  job_roles: listOf(z.string().regex(/^[A-Z0-9]{1,10}$/), 500, 'Enter codes of job roles, such as R8001')
    .min(1)
    .optional(),
  may_introspect,
  refresh_tokens,
  client_credentials,
};
type Given = z.output<z.ZodObject<typeof fields>>;

/** What no field says by itself. */
function whole(given: Given, context: z.RefinementCtx<Given>): void {
  const parsed = client.safeParse(settingsOf(given, 'new'));
  for (const { path, message } of parsed.error?.issues ?? []) context.addIssue({ code: 'custom', path: [path[0] ?? 'name'], message });
  const here = [...given.redirect_uris, ...given.post_logout_redirect_uris, given.backchannel_logout_uri, given.jwks_uri];
  if (given.environment === 'live' && here.some((address) => address?.startsWith('http:')))
    context.addIssue({ code: 'custom', path: ['environment'], message: 'A live system has only addresses that begin with https' });
  if (given.jwks_uri && given.token_endpoint_auth_method !== 'private_key_jwt')
    context.addIssue({ code: 'custom', path: ['jwks_uri'], message: 'A system that proves itself by a secret has no address of keys' });
}

export const registrationInput = z.strictObject(fields).superRefine(whole);
export const changeInput = z
  .strictObject({ ...fields, version: z.int('Open the page again').describe('The version that was looked at') })
  .superRefine(whole);

/**
 * Those that we call ourselves; a browser may go where it likes.
 *
 * @throws {Refusal} INVALID
 */
export function refusePrivateAddresses(given: Given, { callsLoopback }: Pick<Deps, 'callsLoopback'>): void {
  for (const field of ['jwks_uri', 'backchannel_logout_uri'] as const) {
    const problem = given[field] && outgoingProblem(given[field], { loopback: callsLoopback });
    if (problem) throw new Refusal('INVALID', problem, { [field]: 'private' });
  }
}

type Versioned = Given & { version?: number };
const settingsOf = ({ name, environment: _e, contact: _c, reviewOn: _r, version: _v, scopes, ...settings }: Versioned, id: string) => ({
  ...settings,
  client_id: id,
  client_name: name,
  scope: ['openid', ...askedScopes.filter((scope) => scopes[scope])].join(' '),
});

export const registrationOf = (given: Versioned, id: string): Registration => ({
  settings: client.parse(settingsOf(given, id)),
  environment: given.environment,
  purposes: given.scopes,
  contact: given.contact,
  reviewOn: given.reviewOn,
});

/** The same of a row: a client, or a change of one. */
export const registeredIn = ({
  settings,
  environment,
  purposes,
  contact,
  reviewOn,
}: Pick<ClientRow, keyof Registration>): Registration => ({ settings, environment, purposes, contact, reviewOn });
