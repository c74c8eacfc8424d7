import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answersAt, type Service, startChild } from './child.ts';
import { requireFreePort } from './ports.ts';

export type MailService = Service & { smtpUrl: string; inboxUrl: string };

const maildev = fileURLToPath(new URL('../../node_modules/maildev/dist/bin/maildev.js', import.meta.url));

/** Takes any mail for anybody and shows it at `inboxUrl`; as JSON at `<inboxUrl>/api/email`. Letters are files in the folder. */
export async function startMail({
  smtpPort,
  inboxPort,
  folder,
}: {
  smtpPort: number;
  inboxPort: number;
  folder: string;
}): Promise<MailService> {
  await requireFreePort(smtpPort, 'SMTP_PORT');
  await requireFreePort(inboxPort, 'INBOX_PORT');
  const letters = join(folder, 'letters');
  mkdirSync(letters, { recursive: true });
  const settings = {
    smtp: smtpPort,
    web: inboxPort,
    ip: '127.0.0.1',
    'web-ip': '127.0.0.1',
    'mail-directory': letters,
    'max-emails': 2000,
  };
  const inboxUrl = `http://localhost:${inboxPort}`;
  const smtpUrl = `smtp://127.0.0.1:${smtpPort}`;
  const service = await startChild({
    name: 'mail',
    command: process.execPath,
    args: [maildev, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])],
    url: smtpUrl,
    logFile: join(folder, 'mail.log'),
    isReady: () => answersAt(`${inboxUrl}/api/healthz`),
  });
  return { ...service, smtpUrl, inboxUrl };
}
