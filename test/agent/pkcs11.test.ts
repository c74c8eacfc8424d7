/** A process of its own for each: the library reads its settings from the environment, which a test's copy of it does not reach. */
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signOriginList } from '../../adapters/origin-list.ts';
import { readStatement } from '../../adapters/certificate-authority.ts';
import { jwk, requestChallenge } from '../../domain/agent-protocol.ts';
import type { ReachableAgent } from '../support/agent.ts';
import { aCardService, aPrivateJwk, aService, listed, newNonce, passcode, site } from '../support/agent.ts';

const library = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
].find((path) => existsSync(path));
const native = await import('graphene-pk11').then(
  () => null,
  (error: Error) => error.message,
);
const missing =
  library === undefined ? 'SoftHSM2 is not installed' : native === null ? null : `graphene-pk11 has no native part: ${native}`;
if (missing) console.warn(`PKCS#11 is not tested: ${missing}`);
const factory = 'factory-so';

/** What the maker of cards does: tokens with a factory SO PIN and no user PIN. */
const deliver = `
  const { PKCS11 } = (await import('pkcs11js')).default;
  const module = new PKCS11();
  module.load(process.env.PKCS11_MODULE);
  module.C_Initialize();
  for (let card = 0; card < 2; card++) module.C_InitToken(module.C_GetSlotList(true).at(-1), '${factory}', 'care'.padEnd(32));
  module.C_Finalize();`;

(missing ? describe.skip : describe)('cards behind PKCS#11 (SoftHSM2)', () => {
  let child: ChildProcess;
  let agent: ReachableAgent;
  let service: Awaited<ReturnType<typeof aCardService>>;
  let [card, other] = ['', ''];

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'care-hsm-'));
    mkdirSync(join(folder, 'tokens'));
    writeFileSync(
      join(folder, 'softhsm2.conf'),
      `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    );
    const [keys, listKey] = [await aService(), await aPrivateJwk('ES256', 'list-1')];
    const origin = listed(keys, { origin: site, name: 'Care Identity Service', operations: ['sign-in', 'prepare', 'order'] });
    writeFileSync(join(folder, 'origins.jws'), await signOriginList(listKey, [origin]));
    writeFileSync(join(folder, 'key.json'), JSON.stringify(jwk.parse(listKey)));
    const env = {
      ...process.env,
      SOFTHSM2_CONF: join(folder, 'softhsm2.conf'),
      PKCS11_MODULE: library,
      PKCS11_FACTORY_SO_PIN: factory,
      AGENT_PORT: '0',
      AGENT_DRIVER: 'pkcs11',
      ALLOWED_ORIGINS: join(folder, 'origins.jws'),
      ALLOWED_ORIGINS_KEY: join(folder, 'key.json'),
    };
    execFileSync(process.execPath, ['--input-type=module', '-e', deliver], { env });
    child = spawn(process.execPath, ['agent/agent.ts'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await new Promise<Buffer>((resolve) => child.stdout?.once('data', resolve));
    const port = Number(/localhost:(\d+)/.exec(said.toString())?.[1]);
    agent = { port, url: `http://localhost:${port}`, service: keys };
    service = await aCardService(agent);
    [card = '', other = ''] = (await service.page.status()).readers.flatMap((reader) => reader.card?.serial ?? []);
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGTERM');
    await ended;
  });

  const cardNow = async () => (await service.page.status()).readers.find((reader) => reader.card?.serial === card)?.card;
  const signIn = async (typed: string) => {
    const { body } = await service.page.signIn(newNonce());
    const shown = await service.person.types(body['window']!, { card, passcode: typed });
    if (shown.status !== 200) return { status: shown.status, text: shown.text };
    const outcome = await service.page.outcome(body['id']!);
    return readStatement(outcome.state === 'done' ? outcome.result.statement! : '');
  };
  let issued: Awaited<ReturnType<typeof service.issueOn>>;

  test('a blank one is issued, and its holder signs in', async () => {
    expect(await cardNow()).toEqual({ serial: card, state: 'blank', certificates: [] });
    issued = await service.issueOn(card);
    expect(await cardNow()).toMatchObject({
      state: 'ready',
      certificates: [{ careId: '555123456789', use: 'authentication', case: issued.case }, { use: 'signing' }],
    });
    expect(readStatement(issued.statements.signing)).toMatchObject({ by: { use: 'signing' } });
    expect(await signIn(passcode)).toMatchObject({ said: { purpose: 'sign-in', card }, by: { careId: '555123456789' } });
    expect(await signIn('918273')).toMatchObject({ status: 400, text: expect.stringContaining('not the passcode') });
  });

  test('one in use is not set up again, and takes no certificate of another key', async () => {
    await service.prepare(randomUUID(), other);
    service.stored.set(other, service.stored.get(other)!);
    const stolen = new Map(service.stored);
    service.stored.set(card, stolen.get(other)!);
    expect((await service.run({ purpose: 'set-up', case: randomUUID(), card })).answer).toMatchObject({ refusal: { code: 'NOT_BLANK' } });
    service.stored.set(card, stolen.get(card)!);
    const swapped = { authentication: issued.certificates.signing, signing: issued.certificates.authentication };
    const what = { purpose: 'write-certificates', case: issued.case, card, certificates: swapped } as const;
    expect((await service.run(what, { passcode })).answer).toMatchObject({ refusal: { code: 'NOT_THE_KEY' } });
  });

  test('a renewal puts new keys beside the old, which go when it is finished', async () => {
    const about = { case: randomUUID(), card };
    const before = await signIn(passcode);
    const made = await service.done({ purpose: 'renew-keys', ...about }, { passcode });
    expect(await signIn(passcode)).toMatchObject({ by: { serial: before && 'by' in before ? before.by.serial : '' } });
    expect((await service.run({ purpose: 'finish', ...about })).answer).toMatchObject({ refusal: { code: 'NOT_READY' } });
    // certificates keep time in seconds, and the newer one is in use
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const certificates = await service.certify(made.result.requests!, requestChallenge(about.case, made.nonce), '555123456789');
    await service.done({ purpose: 'write-certificates', ...about, certificates }, { passcode });
    const { result } = await service.done({ purpose: 'confirm', ...about });
    expect(readStatement(result.statements!.authentication)?.certificate).toEqual(certificates.authentication);
    await service.done({ purpose: 'finish', ...about });
    expect((await cardNow())?.certificates.map((each) => each.case)).toEqual([about.case, about.case]);
  });

  test('its PUK gives a new passcode, and a wrong one does not', async () => {
    const about = { case: randomUUID(), card };
    const right = service.stored.get(card)!;
    const form = { passcode: '918273', again: '918273' };
    service.stored.set(card, { ...right, puk: '00000000' });
    expect((await service.run({ purpose: 'unlock', ...about }, form)).answer).toMatchObject({ refusal: { code: 'WRONG_SECRET' } });
    service.stored.set(card, right);
    const { result } = await service.done({ purpose: 'unlock', ...about }, form);
    expect(readStatement(result.statement!)).toMatchObject({ said: { purpose: 'unlock', ...about } });
    expect(await signIn('918273')).toMatchObject({ by: { careId: '555123456789' } });
  });
});
