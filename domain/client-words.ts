/** What a connected system is registered for, in words: one line a setting, so that two versions can stand side by side. */
import type { ClientScope, ClientSettings } from './client.ts';
import { allowances, clientScopes } from './client.ts';

export interface Registered {
  readonly settings: ClientSettings;
  readonly environment: string;
  readonly purposes: Readonly<Partial<Record<ClientScope, string>>>;
  readonly contact: string;
  /** ISO day. */
  readonly reviewOn: string;
}

export const environmentWords: Readonly<Record<string, string>> = {
  live: 'Live: real people at work',
  integration: 'Integration: being connected and tested',
  sandbox: 'Sandbox: made-up people',
};

export const levelWords: Readonly<Record<number, string>> = {
  1: 'Level 1: any sign-in',
  2: 'Level 2: two factors',
  3: 'Level 3: smartcard or security key',
};

export const methodWords: Readonly<Record<ClientSettings['token_endpoint_auth_method'], string>> = {
  private_key_jwt: 'A key of its own (private_key_jwt)',
  client_secret_post: 'A secret in the body of the request (client_secret_post)',
  client_secret_basic: 'A secret in a header (client_secret_basic)',
};

const demands = {
  pkce_required: 'PKCE',
  require_pushed_authorization_requests: 'Pushed authorization requests',
  dpop_bound_access_tokens: 'Tokens bound to a key (DPoP)',
  fapi: 'FAPI 2.0 Security Profile',
} as const;
export const demandWords: Readonly<Record<keyof typeof demands, string>> = demands;

export const allowanceWords: Readonly<Record<(typeof allowances)[number], string>> = {
  may_introspect: 'Ask whether tokens of other systems are good',
  refresh_tokens: 'Get new tokens without asking the person again, until their sign-in ends (refresh_token)',
  client_credentials: 'Get tokens for itself, which speak for no person (client_credentials)',
};

interface Line {
  readonly key: string;
  readonly lines: (registered: Registered) => readonly string[];
}

const table: readonly Line[] = [
  { key: 'Name', lines: ({ settings }) => [settings.client_name] },
  { key: 'Environment', lines: ({ environment }) => [environmentWords[environment] ?? environment] },
  { key: 'Contact', lines: ({ contact }) => [contact] },
  { key: 'Looked at again by', lines: ({ reviewOn }) => [reviewOn] },
  {
    key: 'What it may ask for, and why',
    lines: ({ settings, purposes }) => scopesOf(settings).map((scope) => scopeLine(scope, purposes[scope])),
  },
  { key: 'Roles it is told of', lines: ({ settings }) => only(settings.organisations, 'At any organisation', 'Only at') },
  { key: 'Job roles it is told of', lines: ({ settings }) => only(settings.job_roles, 'Any job role', 'Only') },
  { key: 'Weakest sign-in it takes', lines: ({ settings }) => [levelWords[settings.minimum_level] ?? `Level ${settings.minimum_level}`] },
  { key: 'Where people come back to after sign-in', lines: ({ settings }) => settings.redirect_uris },
  { key: 'Where people come back to after sign-out', lines: ({ settings }) => settings.post_logout_redirect_uris },
  { key: 'Where it is told that a session ended', lines: ({ settings }) => some(settings.backchannel_logout_uri) },
  {
    key: 'It proves itself by',
    lines: ({ settings }) => [methodWords[settings.token_endpoint_auth_method], ...some(settings.token_endpoint_auth_signing_alg)],
  },
  { key: 'Its keys are fetched from', lines: ({ settings }) => some(settings.jwks_uri) },
  { key: 'What is demanded of it', lines: ({ settings }) => demandsOf(settings).map((each) => demandWords[each]) },
  { key: 'ID tokens are signed with', lines: ({ settings }) => [settings.id_token_signed_response_alg] },
  { key: 'Userinfo', lines: ({ settings: { userinfo_signed_response_alg: alg } }) => [alg ? `A JWT signed with ${alg}` : 'JSON'] },
  { key: 'It may also', lines: ({ settings }) => allowancesOf(settings).map((each) => allowanceWords[each]) },
];

export interface SettingInWords {
  readonly key: string;
  readonly lines: readonly string[];
}

export const settingsInWords = (registered: Registered): SettingInWords[] =>
  table.map(({ key, lines }) => ({ key, lines: lines(registered) })).filter(({ lines }) => lines.length > 0);

export interface SideBySide {
  readonly key: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly differs: boolean;
}

/** @param before nothing of one that is new: then everything differs */
export const sideBySide = (before: Registered | undefined, after: Registered): SideBySide[] =>
  table
    .map(({ key, lines }) => ({ key, before: before ? lines(before) : [], after: lines(after) }))
    .map((each) => ({ ...each, differs: JSON.stringify(each.before) !== JSON.stringify(each.after) }));

export const scopesOf = ({ scope }: Pick<ClientSettings, 'scope'>): ClientScope[] => scope.split(' ') as ClientScope[];
export const demandsOf = (settings: ClientSettings) =>
  (Object.keys(demands) as Array<keyof typeof demands>).filter((each) => settings[each]);
export const allowancesOf = (settings: ClientSettings) => allowances.filter((each) => settings[each]);

const scopeLine = (scope: ClientScope, purpose: string | undefined) =>
  `${clientScopes[scope]} (${scope})${purpose ? `: ${purpose}` : ''}`.replace(/^./, (first) => first.toUpperCase());
const only = (codes: readonly string[] | undefined, all: string, some: string) => [codes ? `${some} ${codes.join(', ')}` : all];
const some = (text: string | undefined) => (text === undefined ? [] : [text]);

/** So many days before a key, a secret or the time until the next review ends, its contact is written to. The page says so from the first. */
export const warnDaysBefore = [30, 7, 1] as const;

export interface Ending {
  readonly what: 'key' | 'secret' | 'review';
  /** A key's kid, a secret's id. */
  readonly id: string;
  readonly endsAt: Date;
}

/** The soonest first, those that have ended before them. */
export const soonEnding = (endings: readonly Ending[], now: Date): Ending[] =>
  endings
    .filter(({ endsAt }) => endsAt.getTime() - now.getTime() < Math.max(...warnDaysBefore) * 86_400_000)
    .toSorted((one, other) => one.endsAt.getTime() - other.endsAt.getTime());
