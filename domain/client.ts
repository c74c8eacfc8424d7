/**
 * What is known of a system that relies on us, by the names of OpenID Connect where it has one. Strict: a misspelt setting is refused,
 * it does not weaken a client. What widens what a client may see is in one table: a second person approves it.
 */
import { z } from 'zod';
import { organisationCode } from './organisation-code.ts';
import { isLoopbackHost } from './outgoing-address.ts';
import { namesIn } from './names.ts';

/** Scope → what a system with it is told, in words for whoever registers and approves. */
export const clientScopes = {
  openid: 'that somebody signed in, how strongly, and their Care ID',
  profile: 'their name',
  email: 'their e-mail address',
  nhsperson: 'their name with initials, title and identity assurance level',
  nationalrbacaccess: 'their roles, with activities and workgroups',
  associatedorgs: 'the organisations where they hold roles',
  professionalmemberships: 'their numbers at professional registers, where somebody checked them there',
  organisationalmemberships: 'the organisations they belong to',
  selectedrole: 'the role they chose for this session',
  'care-identity-api': 'nothing: it may act for them at our own API',
} as const;
export type ClientScope = keyof typeof clientScopes;
const scopeNames = namesIn(clientScopes);

const https = z.url().refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}, 'Enter an address that begins with https');
const withoutFragment = https.refine((text) => !text.includes('#'), 'Leave out what follows the #');

export const clientJwk = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: z.string().min(1).max(200) })
  .refine((key) => !('d' in key) && !('k' in key), 'This is a private key: register the public one, and make a new pair');

export const clientFields = {
  client_id: z.string().regex(/^[\w.-]{1,80}$/),
  client_name: z.string().min(1).max(100),
  redirect_uris: z.array(withoutFragment).max(20).default([]),
  post_logout_redirect_uris: z.array(withoutFragment).max(20).default([]),
  backchannel_logout_uri: withoutFragment.optional(),
  token_endpoint_auth_method: z.enum(['private_key_jwt', 'client_secret_post', 'client_secret_basic']).default('private_key_jwt'),
  token_endpoint_auth_signing_alg: z.enum(['RS256', 'RS512', 'PS256', 'ES256']).optional(),
  client_secret: z.string().min(32).optional(),
  jwks: z.object({ keys: z.array(clientJwk).max(10) }).optional(),
  jwks_uri: https.optional(),
  /** What it may ask for. */
  scope: z
    .string()
    .refine((text) => text.split(' ').every((each) => scopeNames.some((name) => name === each)), 'There is no such scope')
    .default('openid profile nationalrbacaccess selectedrole'),
  id_token_signed_response_alg: z.enum(['RS256', 'ES256']).default('RS256'),
  /** JSON without it. */
  userinfo_signed_response_alg: z.enum(['RS256', 'ES256']).optional(),
  /** The weakest sign-in it takes, whatever it asks for. */
  minimum_level: z.int().min(1).max(3).default(2),
  pkce_required: z.boolean().default(true),
  require_pushed_authorization_requests: z.boolean().default(false),
  dpop_bound_access_tokens: z.boolean().default(false),
  /** FAPI 2.0 Security Profile: brings the three above with it. */
  fapi: z.boolean().default(false),
  /** ODS codes whose roles it is told of; all of them without. */
  organisations: z.array(organisationCode).min(1).max(500).optional(),
  /** Job roles it is told of; all of them without. */
  job_roles: z
    .array(z.string().regex(/^[A-Z0-9]{1,10}$/))
    .min(1)
    .max(500)
    .optional(),
  /** A resource server: may ask whether a token of another system is good. */
  may_introspect: z.boolean().default(false),
  /** It may get new tokens without asking the person again, for as long as their sign-in lasts. */
  refresh_tokens: z.boolean().default(false),
  /** It may get tokens for itself (RFC 6749, 4.4), which speak for no person and open nothing about one. */
  client_credentials: z.boolean().default(false),
};

const whole = <T extends z.ZodObject<typeof clientFields>>(schema: T) =>
  schema
    .refine(({ fapi, token_endpoint_auth_method: method }) => !fapi || method === 'private_key_jwt', {
      message: 'FAPI 2.0 needs private_key_jwt',
      path: ['fapi'],
    })
    .transform((given) => ({
      ...given,
      ...(given.fapi && { pkce_required: true, require_pushed_authorization_requests: true, dpop_bound_access_tokens: true }),
      grant_types: [
        ...(given.redirect_uris.length > 0 ? ['authorization_code'] : []),
        ...(given.redirect_uris.length > 0 && given.refresh_tokens ? ['refresh_token'] : []),
        ...(given.client_credentials ? ['client_credentials'] : []),
      ],
      response_types: given.redirect_uris.length > 0 ? (['code'] as const) : [],
      ...(given.backchannel_logout_uri && { backchannel_logout_session_required: true }),
    }));

/** @see https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata for the names */
export const client = whole(z.strictObject(clientFields));
export type ClientSettings = z.output<typeof client>;

/** By what name the authentication service knows a registered client when integration staff try it, and where they come back to on our pages. */
const trialPrefix = 'try.';
export const trialOf = (id: string): string => `${trialPrefix}${id}`;
export const triedIn = (id: string): string | undefined => (id.startsWith(trialPrefix) ? id.slice(trialPrefix.length) : undefined);
export const trialCallback = '/connections/trial/callback';

/** What a client may do besides having people signed in. */
export const allowances = ['may_introspect', 'refresh_tokens', 'client_credentials'] as const;
type Allowance = (typeof allowances)[number];

/** Our own metadata of a client, besides what OpenID Connect knows. */
export const ownMetadata = ['minimum_level', 'pkce_required', 'fapi', 'organisations', 'job_roles', ...allowances] as const;

/** What can differ between two versions of a client, and when that lets it see or do more. Words go before "…" of the approver's page. */
type Widening = { readonly words: string; readonly when: (before: ClientSettings | undefined, after: ClientSettings) => boolean };
const more = (before: readonly string[] | undefined, after: readonly string[] | undefined) =>
  before !== undefined && (after === undefined || after.some((each) => !before.includes(each)));
const addresses = ({ redirect_uris, post_logout_redirect_uris, jwks_uri }: ClientSettings) => [
  ...redirect_uris,
  ...post_logout_redirect_uris,
  ...(jwks_uri ? [jwks_uri] : []),
];
/** It did not before. */
const allows = (what: Allowance, before: ClientSettings | undefined, after: ClientSettings) =>
  before !== undefined && !before[what] && after[what];

export const widenings: readonly Widening[] = [
  { words: 'It is new', when: (before) => before === undefined },
  { words: 'It may ask for more about people', when: (before, after) => more(before?.scope.split(' '), after.scope.split(' ')) },
  { words: 'It is told of roles at more organisations', when: (before, after) => more(before?.organisations, after.organisations) },
  { words: 'It is told of more kinds of role', when: (before, after) => more(before?.job_roles, after.job_roles) },
  { words: 'It takes weaker sign-ins', when: (before, after) => before !== undefined && after.minimum_level < before.minimum_level },
  {
    words: 'People and keys are fetched from a new address',
    when: (before, after) => before !== undefined && more(addresses(before), addresses(after)),
  },
  {
    words: 'It proves itself by a secret instead of a key',
    when: (before, after) =>
      before?.token_endpoint_auth_method === 'private_key_jwt' && after.token_endpoint_auth_method !== 'private_key_jwt',
  },
  {
    words: 'It is bound by less: PKCE, pushed requests, DPoP or FAPI are no longer demanded',
    when: (before, after) =>
      before !== undefined &&
      (['pkce_required', 'require_pushed_authorization_requests', 'dpop_bound_access_tokens', 'fapi'] as const).some(
        (each) => before[each] && !after[each],
      ),
  },
  { words: 'It may ask about tokens of other systems', when: (before, after) => allows('may_introspect', before, after) },
  { words: 'It may get new tokens without asking the person again', when: (before, after) => allows('refresh_tokens', before, after) },
  { words: 'It may get tokens for itself', when: (before, after) => allows('client_credentials', before, after) },
];

/** @returns in words, each way in which the change lets the client see or do more; none if nobody else has to approve it */
export const widens = (before: ClientSettings | undefined, after: ClientSettings): string[] =>
  widenings.filter(({ when }) => when(before, after)).map(({ words }) => words);
