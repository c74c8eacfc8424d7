import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { createTransport } from 'nodemailer';
import { Client } from 'pg';
import { startChild } from '../../dev/services/child.ts';
import { startMail } from '../../dev/services/mail.ts';
import { freePort, requireFreePort } from '../../dev/services/ports.ts';
import { startPostgres } from '../../dev/services/postgres.ts';
import { startPrinter } from '../../dev/services/printer.ts';
import { startProcess } from '../../dev/services/processes.ts';
import { startRedis } from '../../dev/services/redis.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'services-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries++) {
    if (tries === 150) throw new Error('waited 15 s for nothing');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('a port in use is refused with the setting that chooses another', async () => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => void other.listen(port, '127.0.0.1', resolve));

  await expect(requireFreePort(port, 'POSTGRES_PORT')).rejects.toThrow(`Port ${port} is in use: set POSTGRES_PORT`);

  await new Promise((resolve) => other.close(resolve));
  await requireFreePort(port, 'POSTGRES_PORT');
});

test('a process of ours that ends before it is ready is reported with the last lines of its log', async () => {
  const entry = join(folder, 'entry.mjs');
  writeFileSync(entry, `console.log('DATABASE_URL is missing'); process.exit(3);`);
  const logFile = join(folder, 'logs', 'web.log');

  const starting = startProcess({ name: 'web', entry, env: {}, logFile, ready: 'http://localhost:1/ready' });

  await expect(starting).rejects.toThrow(/web ended with code 3.*\n {2}DATABASE_URL is missing/);
});

test('a process of ours is up when its address answers, has the settings it was given and no others, and its output is kept', async () => {
  const port = await freePort();
  const entry = join(folder, 'entry.mjs');
  const serve = `createServer((q, r) => { r.statusCode = --starting > 0 ? 503 : 200; r.end(JSON.stringify(process.env)); })`;
  writeFileSync(entry, `import { createServer } from 'node:http'; let starting = 3; ${serve}.listen(${port}, () => console.log('up'));`);
  const logFile = join(folder, 'web.log');
  const ready = `http://localhost:${port}/ready`;

  const web = await startProcess({ name: 'web', entry, env: { COLOUR: 'blue' }, logFile, ready });
  const seen: unknown = await (await fetch(ready)).json();
  await web.stop();

  expect(web.url).toBe(`http://localhost:${port}`);
  expect(seen).toMatchObject({ COLOUR: 'blue' });
  expect(seen).not.toHaveProperty('HOME');
  expect(readFileSync(logFile, 'utf8')).toContain('up');
  expect(await web.ended).toBe('was ended by SIGTERM');
});

test('what we started ends when we are killed', async () => {
  const script = join(folder, 'parent.mjs');
  const child = fileURLToPath(new URL('../../dev/services/child.ts', import.meta.url));
  const start = { name: 'sleeper', command: 'sleep', args: ['60'], url: '', logFile: join(folder, 'sleeper.log') };
  writeFileSync(
    script,
    `import { startChild } from '${child}'; const { pid } = await startChild({ ...${JSON.stringify(start)}, isReady: async () => true }); console.log(pid);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
  expect(isAlive(pid)).toBe(true);

  parent.kill('SIGKILL');

  await until(() => !isAlive(pid));
});

test('what does not stop when asked is stopped by force', async () => {
  const stubborn = await startChild({
    name: 'stubborn',
    command: 'sh',
    args: ['-c', `trap '' TERM; touch ${folder}/ready; while :; do sleep 0.2; done`],
    url: '',
    logFile: join(folder, 'stubborn.log'),
    isReady: async () => readdirSync(folder).includes('ready'),
    stopWithinMs: 500,
  });

  await stubborn.stop();

  expect(await stubborn.ended).toBe('was ended by SIGKILL');
});

test('PostgreSQL keeps what was saved when it is killed and its number has been given to another process', async () => {
  const first = await startPostgres({ port: await freePort(), folder });
  await query(first.url, 'create table kept as select 42 as value');
  await first.kill();
  const lock = join(folder, 'data', 'postmaster.pid');
  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(process.pid)));

  const second = await startPostgres({ port: await freePort(), folder });

  expect(await query(second.url, 'select value from kept')).toEqual([{ value: 42 }]);
  await expect(startPostgres({ port: await freePort(), folder })).rejects.toThrow(`Process ${second.pid} runs PostgreSQL`);
  await second.stop();
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('Redis keeps what was saved when it is restarted', async () => {
  const first = await startRedis({ port: await freePort(), folder });
  await withRedis(first.url, (redis) => redis.set('lane', 'mail'));
  await first.stop();

  const second = await startRedis({ port: await freePort(), folder });

  expect(await withRedis(second.url, (redis) => redis.get('lane'))).toBe('mail');
  await second.stop();
});

async function withRedis<T>(url: string, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

test('a letter sent is in the inbox, and still there after a restart', async () => {
  const ports = { smtpPort: await freePort(), inboxPort: await freePort() };
  const first = await startMail({ ...ports, folder });
  await createTransport(first.smtpUrl).sendMail({
    from: 'care@example.nhs.uk',
    to: 'elm@example.nhs.uk',
    subject: 'Your code',
    text: '123456',
  });
  await first.stop();

  const second = await startMail({ ...ports, folder });
  const letters: unknown = await (await fetch(`${second.inboxUrl}/api/email`)).json();
  const page = await fetch(second.inboxUrl, { headers: { accept: 'text/html' } });
  await second.stop();

  expect(letters).toMatchObject([{ subject: 'Your code', to: [{ address: 'elm@example.nhs.uk' }] }]);
  expect(await page.text()).toContain('<html');
});

test('the printer answers while it is switched on', async () => {
  const port = await freePort();
  const isOn = () =>
    fetch(`http://localhost:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    );
  const printer = await startPrinter({ port, folder });
  expect(printer.url).toBe(`ipp://localhost:${port}/ipp/print`);
  expect(await isOn()).toBe(true);

  await printer.stop();
  expect(await isOn()).toBe(false);

  const again = await startPrinter({ port, folder });
  expect(await isOn()).toBe(true);
  await again.stop();
});
