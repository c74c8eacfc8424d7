/** What `npm start` takes from the environment, and the secrets it makes for itself the first time. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const port = (standard: number) => z.coerce.number().int().min(1).max(65_535).default(standard);

const settings = z.object({
  /** Where everything of dev is kept: delete it to begin again. */
  DATA_FOLDER: z
    .string()
    .default('.data')
    .transform((folder) => resolve(folder)),
  WEB_PORT: port(3000),
  API_PORT: port(3001),
  AUTHENTICATION_PORT: port(3002),
  RELYING_PARTY_PORT: port(3003),
  AGENT_PORT: port(43_485),
  SWITCHBOARD_PORT: port(3007),
  WORKFLOW_WORKER_PORT: port(3005),
  JOB_WORKER_PORT: port(3006),
  POSTGRES_PORT: port(5433),
  REDIS_PORT: port(6390),
  TEMPORAL_PORT: port(7243),
  TEMPORAL_UI_PORT: port(8243),
  SMTP_PORT: port(1026),
  INBOX_PORT: port(1081),
  PRINTER_PORT: port(8631),
  /** Each of these, if given, is used instead of one that is started here. */
  DATABASE_URL: z.url().optional(),
  REDIS_URL: z.url().optional(),
  TEMPORAL_ADDRESS: z.string().optional(),
  SMTP_URL: z.url().optional(),
  PRINTER_URL: z.url().optional(),
});
export type DevSettings = z.output<typeof settings>;

/** @throws {z.ZodError} naming the setting that is wrong */
export const readDevSettings = (): DevSettings => settings.parse(process.env);

const key = () => randomBytes(32).toString('base64');

const makeSecrets = () => ({
  PAYLOAD_KEY: key(),
  PHOTO_KEY: key(),
  SESSION_KEY: key(),
  AUTHENTICATION_KEY: key(),
  CA_KEY: key(),
  CARD_SECRETS_KEY: key(),
  INTERNAL_TOKEN: randomBytes(32).toString('base64url'),
});
export type Secrets = ReturnType<typeof makeSecrets>;

/** Made once, kept in the data folder, readable by its owner only. What a later version adds is added. */
export function secretsIn(folder: string): Secrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'secrets.json');
  const kept = read(path);
  const secrets = { ...makeSecrets(), ...kept };
  writeFileSync(path, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

function read(path: string): Partial<Secrets> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<Secrets>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
