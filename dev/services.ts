/** Starts what a setting does not give: PostgreSQL, Redis, Temporal, an inbox, a printer. */
import { join } from 'node:path';
import { startMail } from './services/mail.ts';
import { startPostgres } from './services/postgres.ts';
import { startPrinter } from './services/printer.ts';
import { startRedis } from './services/redis.ts';
import { startTemporal } from './services/temporal.ts';
import type { DevSettings } from './settings.ts';
import type { Running } from './running.ts';

export interface Places {
  database: string;
  redis: string;
  temporal: string;
  temporalUi: string | undefined;
  smtp: string;
  inbox: string | undefined;
  printer: string;
}

/** @throws {Error} saying which port is in use, or what is not installed */
export async function startServices(settings: DevSettings, running: Running): Promise<Places> {
  const folder = (name: string) => join(settings.DATA_FOLDER, name);
  const start = running.start;
  const [postgres, redis, temporal, mail, printer] = await Promise.all([
    settings.DATABASE_URL
      ? undefined
      : start('PostgreSQL', () => startPostgres({ port: settings.POSTGRES_PORT, folder: folder('postgres') })),
    settings.REDIS_URL ? undefined : start('Redis', () => startRedis({ port: settings.REDIS_PORT, folder: folder('redis') })),
    settings.TEMPORAL_ADDRESS
      ? undefined
      : start('Temporal', () =>
          startTemporal({ port: settings.TEMPORAL_PORT, uiPort: settings.TEMPORAL_UI_PORT, folder: folder('temporal') }),
        ),
    settings.SMTP_URL
      ? undefined
      : start('inbox', () => startMail({ smtpPort: settings.SMTP_PORT, inboxPort: settings.INBOX_PORT, folder: folder('mail') })),
    settings.PRINTER_URL
      ? undefined
      : start('card printer', () => startPrinter({ port: settings.PRINTER_PORT, folder: folder('printer') })),
  ]);
  return {
    database: settings.DATABASE_URL ?? postgres?.url ?? '',
    redis: settings.REDIS_URL ?? redis?.url ?? '',
    temporal: settings.TEMPORAL_ADDRESS ?? temporal?.address ?? '',
    temporalUi: temporal?.uiUrl,
    smtp: settings.SMTP_URL ?? mail?.smtpUrl ?? '',
    inbox: mail?.inboxUrl,
    printer: settings.PRINTER_URL ?? printer?.url ?? '',
  };
}
