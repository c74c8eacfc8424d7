/** The settings of each process, as an operator would give them. */
import { join } from 'node:path';
import { writeClients } from './demo/clients.ts';
import { writeOrigins } from './demo/authority.ts';
import type { Demo } from './demo/everything.ts';
import { writeFraudFiles } from './fraud.ts';
import type { Places } from './services.ts';
import type { DevSettings, Secrets } from './settings.ts';

type Environment = Record<string, string>;
export type Environments = Record<
  'authentication' | 'agent' | 'web' | 'api' | 'workflow-worker' | 'job-worker' | 'relying-party',
  Environment
>;

/** Durations and limits an operator may set are handed on, so that journeys can shorten them. */
const handedOn = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /_(DAYS|MONTHS|MINUTES|SECONDS|MS|HOURS|LEVEL)$|^GPG45_SCORES_FILE$|^(PATH|HOME|TZ|LANG)$/.test(name),
    ),
  ) as Environment;

export async function environmentOf(
  settings: DevSettings,
  secrets: Secrets,
  places: Places,
  { authority, drawer, database }: Demo,
): Promise<Environments> {
  const local = (port: number) => `http://localhost:${port}`;
  const [web, authentication, relyingParty, agent] = [
    settings.WEB_PORT,
    settings.AUTHENTICATION_PORT,
    settings.RELYING_PARTY_PORT,
    settings.AGENT_PORT,
  ].map(local) as [string, string, string, string];
  const issuer = `${authentication}/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare`;
  const folder = join(settings.DATA_FOLDER, 'authority');
  const clients = await writeClients(join(settings.DATA_FOLDER, 'clients'), { web, relyingParty });
  const origins = await writeOrigins(
    folder,
    [
      { origin: web, name: 'Care Identity Service (dev)', operations: ['prepare', 'order'] },
      { origin: authentication, name: 'Care Identity Service sign-in (dev)', operations: ['sign-in', 'order'] },
    ],
    issuer,
  );
  const common = {
    ...handedOn(),
    ENVIRONMENT: 'dev',
    SANDBOX_DRAWER: drawer,
    CALLS_LOOPBACK: 'true',
    DATABASE_URL: database,
    REDIS_URL: places.redis,
    TEMPORAL_ADDRESS: places.temporal,
    PAYLOAD_KEY: secrets.PAYLOAD_KEY,
    PHOTO_KEY: secrets.PHOTO_KEY,
    CARD_SECRETS_KEY: secrets.CARD_SECRETS_KEY,
    WEB_URL: web,
    AUTHENTICATION_URL: authentication,
    ISSUER: issuer,
    AGENT_URL: agent,
    INTERNAL_TOKEN: secrets.INTERNAL_TOKEN,
    ...writeFraudFiles(settings.DATA_FOLDER),
    ...authority.environment,
  };
  return {
    authentication: {
      ...common,
      AUTHENTICATION_PORT: String(settings.AUTHENTICATION_PORT),
      AUTHENTICATION_KEY: secrets.AUTHENTICATION_KEY,
      AUTHENTICATION_CLIENTS: clients.file,
    },
    agent: { ...handedOn(), AGENT_PORT: String(settings.AGENT_PORT), AGENT_DRIVER: 'software', AGENT_DRAWER: drawer, ...origins },
    web: { ...common, WEB_PORT: String(settings.WEB_PORT), SESSION_KEY: secrets.SESSION_KEY, WEB_CLIENT_KEY_FILE: clients.webKey },
    api: { ...common, API_PORT: String(settings.API_PORT), API_CLIENT_KEY_FILE: clients.apiKey },
    'workflow-worker': { ...common, HEALTH_PORT: String(settings.WORKFLOW_WORKER_PORT) },
    'job-worker': {
      ...common,
      HEALTH_PORT: String(settings.JOB_WORKER_PORT),
      SMTP_URL: places.smtp,
      MAIL_FROM: 'Care Identity Service <no-reply@care-identity.example>',
    },
    'relying-party': {
      ...handedOn(),
      RELYING_PARTY_PORT: String(settings.RELYING_PARTY_PORT),
      RELYING_PARTY_URL: relyingParty,
      RELYING_PARTY_CLIENT_KEY_FILE: clients.relyingPartyKey,
      ISSUER: issuer,
    },
  };
}
