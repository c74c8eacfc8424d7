/** The form of a connected system: its fields as text and boxes, and what they say. */
import { askedScopes } from '../../commands/connection-form.ts';
import { clientScopes } from '../../domain/client.ts';
import {
  allowancesOf,
  allowanceWords,
  demandsOf,
  demandWords,
  environmentWords,
  levelWords,
  methodWords,
  type Registered,
  scopesOf,
} from '../../domain/client-words.ts';
import { addMonths, londonDay } from '../../domain/days.ts';
import { choicesIn, several } from '../edge/fields.ts';
import { joinDays } from '../position-request/day-boxes.ts';

type Fields = Record<string, unknown>;

const lists = ['redirect_uris', 'post_logout_redirect_uris', 'organisations', 'job_roles'] as const;

/** One an entry: lines, or codes with spaces or commas between. */
const entries = (text: unknown) =>
  typeof text === 'string'
    ? text
        .split(/[\s,]+/)
        .map((each) => each.trim())
        .filter(Boolean)
    : text;

export function readRegistration(fields: Fields): Fields {
  const { scope, demands, allowances, minimum_level: level, version, ...rest } = joinDays(fields, ['reviewOn']);
  const others = Object.entries(rest).filter(([name]) => !name.startsWith('scopes-') && !lists.some((each) => each === name));
  const read = lists.filter((name) => rest[name] !== undefined).map((name) => [name, entries(rest[name])]);
  const isCode = (name: unknown) => name === 'organisations' || name === 'job_roles';
  return {
    ...Object.fromEntries(others),
    ...Object.fromEntries(read.map(([name, all]) => [name, isCode(name) ? several(all).map((code) => code.toUpperCase()) : all])),
    scopes: Object.fromEntries(several(scope).map((name) => [name, rest[`scopes-${name}`] ?? ''])),
    ...Object.fromEntries(Object.keys(demandWords).map((name) => [name, several(demands).includes(name)])),
    ...Object.fromEntries(Object.keys(allowanceWords).map((name) => [name, several(allowances).includes(name)])),
    ...(level !== undefined && { minimum_level: Number(level) }),
    ...(version !== undefined && { version: Number(version) }),
  };
}

/** What stands, as the form's fields. */
export const fieldsOf = ({ settings, environment, purposes, contact, reviewOn }: Registered): Fields => ({
  name: settings.client_name,
  environment,
  contact,
  reviewOn,
  scope: scopesOf(settings),
  ...Object.fromEntries(Object.entries(purposes).map(([scope, why]) => [`scopes-${scope}`, why])),
  redirect_uris: settings.redirect_uris.join('\n'),
  post_logout_redirect_uris: settings.post_logout_redirect_uris.join('\n'),
  backchannel_logout_uri: settings.backchannel_logout_uri,
  token_endpoint_auth_method: settings.token_endpoint_auth_method,
  token_endpoint_auth_signing_alg: settings.token_endpoint_auth_signing_alg,
  jwks_uri: settings.jwks_uri,
  id_token_signed_response_alg: settings.id_token_signed_response_alg,
  userinfo_signed_response_alg: settings.userinfo_signed_response_alg,
  minimum_level: String(settings.minimum_level),
  demands: demandsOf(settings),
  allowances: allowancesOf(settings),
  organisations: settings.organisations?.join('\n'),
  job_roles: settings.job_roles?.join('\n'),
});

/** Of one that is new. */
export const emptyFields = (): Fields => ({
  environment: 'integration',
  reviewOn: addMonths(londonDay(new Date()), 12),
  scope: ['profile', 'nationalrbacaccess', 'selectedrole'],
  token_endpoint_auth_method: 'private_key_jwt',
  id_token_signed_response_alg: 'RS256',
  minimum_level: '2',
  demands: ['pkce_required'],
  allowances: [],
});

const algorithms = ['RS256', 'RS512', 'PS256', 'ES256'].map((value) => ({ value, text: value }));

export const choices = {
  environments: choicesIn(environmentWords),
  scopes: askedScopes.map((value) => ({ value, text: `${clientScopes[value].replace(/^./, (first) => first.toUpperCase())} (${value})` })),
  methods: choicesIn(methodWords),
  levels: choicesIn(levelWords),
  demands: choicesIn(demandWords),
  allowances: choicesIn(allowanceWords),
  signing: [{ value: '', text: 'Any that is good' }, ...algorithms],
  idToken: algorithms.filter(({ value }) => value === 'RS256' || value === 'ES256'),
  userinfo: [{ value: '', text: 'JSON, not signed' }, ...algorithms.filter(({ value }) => value === 'RS256' || value === 'ES256')],
};
