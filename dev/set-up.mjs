// Brings in what `npm start` and (with --test) `npm test` need, and does nothing when all of it is there.
// npm runs it before either: plain JavaScript for Node 20 or later, without dependencies.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedPrograms, cacheFolder, findProgram } from './tools.mjs';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const forTests = process.argv.includes('--test');
const isLinux = process.platform === 'linux';
const canInstall = isLinux && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
const env = process.env;

/** Told to the person as it is, without a stack. */
class Missing extends Error {}

const say = (line) => console.log(`set-up: ${line}`);

/** Runs a program, saying every 15 seconds that it still does; rejects with the last lines of what it printed. */
function run(what, command, args, { minutes = 30, ...options } = {}) {
  say(what);
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'], timeout: minutes * 60_000, ...options });
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const still = setInterval(() => say(`  … ${what}, ${seconds()} s so far`), 15_000);
    const end = (error) => {
      clearInterval(still);
      if (!error) return resolve(output);
      const last = output.trim().split('\n').slice(-15).join('\n    ');
      reject(new Missing(`${what}: ${error}${last && `\n    ${last}`}`));
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(code === 0 ? '' : `ended with ${signal ?? code} after ${seconds()} s`));
  });
}

/** npm writes the inner file last, so it says what a finished installation holds. Packages for other platforms may be missing. */
function packagesAreThere() {
  const inner = join(project, 'node_modules/.package-lock.json');
  if (!existsSync(inner)) return false;
  const packagesIn = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const installed = packagesIn(inner);
  const isRight = ([path, { version, integrity, optional, devOptional }]) =>
    installed[path] ? installed[path].version === version && installed[path].integrity === integrity : Boolean(optional || devOptional);
  return Object.entries(packagesIn(join(project, 'package-lock.json'))).every((entry) => entry[0] === '' || isRight(entry));
}

async function installPackages() {
  if (packagesAreThere()) return;
  const [command, first] = env.npm_execpath?.endsWith('.js') ? [process.execPath, [env.npm_execpath]] : ['npm', []];
  await run('installing the npm packages (npm ci)', command, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund']);
}

const debianPrograms = [
  {
    names: ['redis-server', 'valkey-server'],
    packages: ['redis-server'],
    needed: forTests ? !env.TEST_REDIS_URL : !env.REDIS_URL,
    otherwise: `install Redis or Valkey, or set ${forTests ? 'TEST_REDIS_URL' : 'REDIS_URL'}`,
  },
  {
    names: ['ippeveprinter'],
    packages: ['cups-ipp-utils'],
    needed: forTests || canInstall,
    otherwise: 'install ippeveprinter (Debian: cups-ipp-utils; macOS has it; elsewhere it is part of CUPS)',
  },
  {
    names: ['dbus-daemon'],
    packages: ['dbus-daemon'],
    needed: isLinux && (forTests || canInstall),
    otherwise: 'install dbus-daemon, which ippeveprinter needs',
  },
  {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium', 'fonts-liberation'],
    needed: forTests && !env.CHROMIUM_PATH,
    otherwise: 'install Chromium, or set CHROMIUM_PATH to a Chromium or Chrome',
  },
  { names: ['openssl'], packages: ['openssl'], needed: forTests, otherwise: 'install openssl' },
];

let apt = Promise.resolve();
let aptIsFresh = false;
/** One at a time, and the lists of packages are read before the first. */
function aptInstall(packages) {
  const quietly = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const patient = ['-o', 'DPkg::Lock::Timeout=300', '-q', '-y'];
  const readLists = () => run('reading the lists of Debian packages', 'apt-get', [...patient, 'update'], quietly);
  const install = () =>
    run(`installing ${packages.join(', ')}`, 'apt-get', [...patient, 'install', '--no-install-recommends', ...packages], quietly);
  apt = (aptIsFresh ? apt.catch(() => {}) : readLists()).then(install);
  aptIsFresh = true;
  return apt;
}

async function installPrograms() {
  const missing = debianPrograms.filter(({ needed, names }) => needed && !findProgram(...names));
  if (missing.length === 0) return;
  if (!canInstall) throw new Missing(missing.map(({ names, otherwise }) => `${names[0]} is not here: ${otherwise}`).join('\n'));
  await aptInstall(missing.flatMap(({ packages }) => packages));
}

/** Gives `make` a folder of its own in the cache and moves the program it made to its place in one step. */
async function cacheProgram(name, make) {
  mkdirSync(cachedPrograms, { recursive: true });
  const folder = mkdtempSync(join(cacheFolder, `${name}-`));
  try {
    renameSync(await make(folder), join(cachedPrograms, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The SDK fetches the program, starts it once, and leaves it in the folder; without the internet it gives up at once. */
async function downloadBySdk(what, create, folder) {
  const script = `
    import { TestWorkflowEnvironment } from '@temporalio/testing';
    const executable = { type: 'cached-download', downloadDir: process.argv[1] };
    const environment = await TestWorkflowEnvironment.${create}({ server: { executable } });
    await environment.teardown();`;
  const node = join(project, 'node_modules/.bin/node');
  await run(`downloading ${what}`, node, ['--input-type=module', '-e', script, folder], { minutes: 5 });
  return join(folder, readdirSync(folder)[0]);
}

const oldestGo = 25;
const toolchain = `golang.org/toolchain@v0.0.1-go1.${oldestGo}.0.${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** A Go that can build the server. From 1.21 on, Go fetches the newer one it needs by itself; before, it is fetched as a module. */
async function findGo() {
  if (!findProgram('go') && canInstall) await aptInstall(['golang-go', 'ca-certificates']);
  const go = findProgram('go');
  if (!go) throw new Missing('install the Temporal CLI (or Go, to build it), or set TEMPORAL_ADDRESS');
  const minor = Number(/go1\.(\d+)/.exec(await run('asking which Go this is', go, ['version']))?.[1]);
  if (minor >= 21) return go;
  const answer = await run('fetching a newer Go', go, ['mod', 'download', '-json', toolchain]);
  const { Dir: folder } = JSON.parse(answer.slice(answer.indexOf('{')));
  const programs = [join(folder, 'bin'), ...readdirSync(join(folder, 'pkg/tool')).map((each) => join(folder, 'pkg/tool', each))];
  for (const path of programs) for (const file of readdirSync(path)) chmodSync(join(path, file), 0o755);
  return join(folder, 'bin/go');
}

async function buildTemporal(folder) {
  const go = await findGo();
  const building = { env: { ...env, GOBIN: folder, CGO_ENABLED: '0', GOTOOLCHAIN: 'auto' } };
  await run(
    'building the Temporal server: about 4 minutes, once',
    go,
    ['install', 'github.com/temporalio/cli/cmd/temporal@v1.5.1'],
    building,
  );
  return join(folder, 'temporal');
}

const dependency = (group, artifact, version) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>set-up</groupId><artifactId>test-server</artifactId><version>1</version><dependencies>
  ${dependency('io.temporal', 'temporal-test-server', '1.31.0')}${dependency('org.slf4j', 'slf4j-nop', '1.7.36')}
</dependencies></project>`;

/** Takes the port as its argument; ends when the process that started it does, however that ended. */
const launcher = (java, jars) => `#!/bin/sh
me=$$ parent=$PPID
( while kill -0 $parent 2>/dev/null && kill -0 $me 2>/dev/null; do sleep 2; done; kill $me ) >/dev/null 2>&1 &
exec '${java}' -Xmx1g -cp '${jars}/*' io.temporal.testserver.TestServer "$1"
`;

async function fetchJavaTestServer(folder) {
  if (!(findProgram('java') && findProgram('mvn')) && canInstall) await aptInstall(['default-jre-headless', 'maven']);
  const [java, maven] = [findProgram('java'), findProgram('mvn')];
  if (!java || !maven)
    throw new Missing('install Java and Maven, or set TEMPORAL_TEST_SERVER to a program that starts the time-skipping server');
  writeFileSync(join(folder, 'pom.xml'), pom);
  const fetched = join(folder, 'jars');
  const goal = [
    '-B',
    '-f',
    join(folder, 'pom.xml'),
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${fetched}`,
  ];
  await run('fetching the time-skipping test server (Maven)', maven, goal);
  const jars = join(cacheFolder, 'temporal-test-server-1.31.0');
  rmSync(jars, { recursive: true, force: true });
  renameSync(fetched, jars);
  const script = join(folder, 'temporal-test-server');
  writeFileSync(script, launcher(java, jars), { mode: 0o755 });
  return script;
}

async function bringTemporal(name, what, create, otherwise) {
  if (findProgram(name)) return;
  try {
    await cacheProgram(name, (folder) => downloadBySdk(what, create, folder));
  } catch {
    say(`  ${what} cannot be downloaded here`);
    await cacheProgram(name, otherwise);
  }
}

try {
  await Promise.all([installPackages(), installPrograms()]);
  await Promise.all([
    !env.TEMPORAL_ADDRESS && bringTemporal('temporal', 'the Temporal server', 'createLocal', buildTemporal),
    forTests &&
      !env.TEMPORAL_TEST_SERVER &&
      bringTemporal('temporal-test-server', 'the time-skipping test server', 'createTimeSkipping', fetchJavaTestServer),
  ]);
} catch (error) {
  console.error(error instanceof Missing ? `\nSet-up stopped.\n${error.message}\n` : error);
  process.exitCode = 1;
}
