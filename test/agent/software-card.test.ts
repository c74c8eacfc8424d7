import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { issueCardCertificates } from '../../adapters/certificate-authority.ts';
import { createDrawer } from '../../agent/drivers/software.ts';
import { anAuthority, cardTerms } from '../support/authority.ts';

const secrets = { puk: '48291736', managementKey: '00112233445566778899aabbccddeeff0011223344556677' };
const access = { case: '6f1b7a52-2f0f-4c39-9c36-2f6a4a4c8d11', managementKey: secrets.managementKey };
const passcode = '274951';

async function aReadyCard(folder = mkdtempSync(join(tmpdir(), 'care-card-'))) {
  const drawer = createDrawer(folder);
  const serial = await drawer.addBlank();
  await drawer.put(serial, 'Reader 1');
  await drawer.setUp(serial, secrets);
  const keys = await drawer.makeKeys(serial, access);
  const { issuing } = await anAuthority();
  const publicKeys = { authentication: keys.authentication.publicKey, signing: keys.signing.publicKey };
  const issued = await issueCardCertificates(issuing, cardTerms(), { careId: '555123456789', publicKeys, at: new Date() });
  await drawer.writeCertificates(serial, access, {
    authentication: issued.authentication.certificate,
    signing: issued.signing.certificate,
  });
  await drawer.setPasscode(serial, { puk: secrets.puk, passcode });
  return { drawer, serial, folder, file: join(folder, 'cards', `${serial}.json`) };
}

test('three wrong passcodes lock it, then the right one too; another drawer on the same folder sees it', async () => {
  const { drawer, serial, folder } = await aReadyCard();
  for (const code of ['WRONG_PASSCODE', 'WRONG_PASSCODE', 'LOCKED', 'LOCKED'])
    await expect(drawer.open(serial, '111111')).rejects.toMatchObject({ code });
  await expect(drawer.open(serial, passcode)).rejects.toMatchObject({ code: 'LOCKED' });
  await expect(createDrawer(folder).open(serial, passcode)).rejects.toMatchObject({ code: 'LOCKED' });
  await drawer.setPasscode(serial, { puk: secrets.puk, passcode: '918273' });
  await expect(drawer.open(serial, '918273')).resolves.toBeDefined();
});

test('five wrong PUKs block it for ever', async () => {
  const { drawer, serial } = await aReadyCard();
  for (let tries = 0; tries < 3; tries++) await drawer.open(serial, '111111').catch(() => undefined);
  for (let tries = 0; tries < 5; tries++)
    await expect(drawer.setPasscode(serial, { puk: '00000000', passcode })).rejects.toMatchObject({ code: 'WRONG_SECRET' });
  await expect(drawer.setPasscode(serial, { puk: secrets.puk, passcode })).rejects.toMatchObject({ code: 'LOCKED' });
  expect((await drawer.cards())[0]?.state).toBe('blocked');
});

test('keys are made by the management key only, and a set-up card is not set up by another', async () => {
  const drawer = createDrawer(mkdtempSync(join(tmpdir(), 'care-card-')));
  const serial = await drawer.addBlank();
  await drawer.put(serial, 'Reader 1');
  await expect(drawer.makeKeys(serial, access)).rejects.toMatchObject({ code: 'NOT_READY' });
  await drawer.setUp(serial, secrets);
  await expect(drawer.setUp(serial, { ...secrets, managementKey: 'ff'.repeat(24) })).rejects.toMatchObject({ code: 'NOT_BLANK' });
  await expect(drawer.makeKeys(serial, { ...access, managementKey: 'ff'.repeat(24) })).rejects.toMatchObject({ code: 'WRONG_SECRET' });
  await expect(drawer.open(serial, passcode)).rejects.toMatchObject({ code: 'NOT_READY' });
});

test('its file holds no passcode, PUK, management key or key in clear', async () => {
  const { file } = await aReadyCard();
  const text = readFileSync(file, 'utf8');
  for (const secret of [passcode, secrets.puk, secrets.managementKey]) expect(text).not.toContain(secret);
  // what every P-256 PKCS#8 begins with
  expect(Buffer.from(text).includes(Buffer.from('308187020100301306072a8648ce3d0201', 'hex').toString('base64').slice(0, 20))).toBe(false);
});

test('killed at any moment, the card is as before or as after, with one try used at most', async () => {
  const { serial, folder, file, drawer } = await aReadyCard();
  const driver = JSON.stringify(fileURLToPath(new URL('../../agent/drivers/software.ts', import.meta.url)));
  const script = `
    const { createDrawer } = await import(${driver});
    const drawer = createDrawer(${JSON.stringify(folder)});
    console.log('begun');
    for (let turn = 0; ; turn++) {
      await drawer.makeKeys('${serial}', { case: 'case-' + turn, managementKey: '${secrets.managementKey}' });
      await drawer.open('${serial}', '${passcode}');
    }`;
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 5 + round * 23));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    const { pairs } = JSON.parse(readFileSync(file, 'utf8')) as { pairs: Array<{ case: string }> };
    expect(pairs[0]?.case).toBe(access.case);
    expect(await drawer.triesLeft(serial)).toBeGreaterThanOrEqual(2);
    expect((await drawer.open(serial, passcode)).authentication.certificate.length).toBeGreaterThan(0);
  }
  expect(readdirSync(join(folder, 'cards')).filter((name) => name.endsWith('.json'))).toEqual([`${serial}.json`]);
}, 60_000);

test('a kill in the middle of a wrong try leaves the try used', async () => {
  const { serial, folder, drawer } = await aReadyCard();
  const driver = JSON.stringify(fileURLToPath(new URL('../../agent/drivers/software.ts', import.meta.url)));
  const script = `
    const { createDrawer } = await import(${driver});
    const { watch } = await import('node:fs');
    watch(${JSON.stringify(join(folder, 'cards'))}, (event, name) => { if (name === '${serial}.json') process.kill(process.pid, 'SIGKILL'); });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await createDrawer(${JSON.stringify(folder)}).open('${serial}', '111111');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
  expect(await drawer.triesLeft(serial)).toBe(2);
});
