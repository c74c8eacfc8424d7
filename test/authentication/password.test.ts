import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOfStep, stepAt } from '../../db/sign-in/totp.ts';
import { AuditRow } from '../../db/audit.ts';
import { AuthenticatorRow } from '../../db/sign-in/authenticator.ts';
import { PasswordTotpRow } from '../../db/sign-in/authenticator-password.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { anOrganisation, aPerson, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from '../support/http-browser.ts';
import { acceptTerms, type SignInService, startSignIn, useCard } from '../support/sign-in.ts';

const password = 'three purple trains';
let service: SignInService;
let elm: Organisation;
let own: string;
beforeAll(async () => {
  const list = join(await mkdtemp(join(tmpdir(), 'care-breached-')), 'list');
  await writeFile(list, 'password everybody has\n');
  service = await startSignIn({ BREACHED_PASSWORDS_FILE: list });
  own = `${service.urls.authentication}/authenticators`;
  await service.processes.authentication();
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

interface Holder {
  person: string;
  careId: string;
  browser: HttpBrowser;
  secret: Buffer;
  codes: string[];
}

async function aSignedIn() {
  const person = await aPerson(service.orm, { organisation: elm.code });
  const browser = anHttpBrowser();
  const card = await service.aCard(person);
  const page = await useCard(service, browser, { card, page: await browser.get(own) });
  expect((await acceptTerms(browser, page)).title).toBe('Your authenticators');
  return { person, careId: card.careId, browser };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function secretIn({ text }: Seen): Buffer {
  const shown = /<code class="care-secret">([^<]+)</.exec(text)?.[1]?.replaceAll(' ', '') ?? '';
  const bits = Array.from(shown)
    .map((each) => alphabet.indexOf(each).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
}
/** A code of before, so that the one of now is still there to be used. */
const codeOf = (secret: Buffer, off = 0) => codeOfStep(secret, stepAt(new Date()) + off);

async function aHolder(): Promise<Holder> {
  const { person, careId, browser } = await aSignedIn();
  const secret = secretIn(await browser.get(`${own}/add/password`));
  const added = await browser.post(`${own}/add/password`, { code: codeOf(secret, -1), password, again: password });
  expect(added.title).toBe('Your recovery codes');
  const codes = [...added.text.matchAll(/<code class="care-secret">([^<]+)</g)].map(([, code]) => code!);
  return { person, careId, browser, secret, codes };
}

async function signIn(fields: Record<string, string>, browser = anHttpBrowser()): Promise<Seen> {
  const page = await browser.get(own);
  return browser.post(`${page.url}/password`, fields);
}
const rowOf = async (person: string) => service.orm.em.fork().findOneOrFail(AuthenticatorRow, { person, kind: 'password-totp' });

test('a person adds a password and app, signs in with them at level 2, and is shown where they were used', async () => {
  const { person, careId, secret, codes } = await aHolder();
  expect(new Set(codes).size).toBe(10);
  const spaced = `${careId.slice(0, 4)} ${careId.slice(4, 8)} ${careId.slice(8)}`;
  const page = await signIn({ careId: spaced, password, code: codeOf(secret) });
  expect(page.title).toBe('Your authenticators');
  expect(page.text).toContain('for your authenticators');
  const { id } = await rowOf(person);
  const [latest] = await service.orm.em.fork().find(SignInRow, { person }, { orderBy: { startedAt: -1 } });
  expect(latest).toMatchObject({ method: 'password-totp', level: 2, acr: 'AAL2_TOTP', authenticator: id });
  expect(await service.orm.em.fork().count(MailRow, { toId: person, template: 'authenticator-added' })).toBe(1);
  const kept = JSON.stringify(await service.orm.em.fork().findOneOrFail(PasswordTotpRow, { authenticator: id }));
  expect(kept).toContain('$argon2id$');
  expect(kept).not.toContain(password);
});

test('a code is good once, also for two who use it at the same moment', async () => {
  const { careId, secret } = await aHolder();
  const fields = { careId, password, code: codeOf(secret, 1) };
  const both = await Promise.all([signIn(fields), signIn(fields)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 400]);
  expect((await signIn(fields)).text).toContain('is not right');
  expect((await signIn({ ...fields, code: codeOf(secret) })).text).toContain('is not right'); // an older one than the last
});

test('a recovery code is good once, however it is typed, and its holder is told', async () => {
  const { person, careId, codes } = await aHolder();
  const fields = { careId, password, code: codes[3]!.toLowerCase().replace('-', ' ') };
  const page = await signIn(fields);
  expect(page.text).toContain('9 of your recovery codes are left');
  expect((await signIn(fields)).text).toContain('is not right');
  expect(await service.orm.em.fork().count(MailRow, { toId: person, template: 'recovery-code-used' })).toBe(1);
  expect(await service.orm.em.fork().count(AuditRow, { subjectId: person, what: 'authenticator.use-recovery-code' })).toBe(1);
});

test('nobody learns who exists, or what of it was wrong: one answer, and the same pauses', async () => {
  const { careId, secret } = await aHolder();
  const wrong = [
    { careId, password: 'another password', code: codeOf(secret) },
    { careId, password, code: '000000' },
    { careId, password, code: 'AAAAA-AAAAA' },
    { careId, password: 'another password', code: '000000' },
  ];
  const answersOf = async (tries: Array<Record<string, string>>) => {
    const answers: Array<{ status: number; text: string }> = [];
    for (const each of tries) {
      const { status, text } = await signIn(each);
      answers.push({
        status,
        text: text
          .replaceAll(/sign-in\/[\w-]+|nonce="[^"]+"/g, '')
          .replaceAll(each['careId']!, '')
          .replaceAll(/in \d+ seconds/g, ''),
      });
    }
    return answers;
  };
  const known = await answersOf([...wrong, { careId, password, code: codeOf(secret) }]);
  const unknown = await answersOf([...wrong, wrong[0]!].map((each) => ({ ...each, careId: '999999999999' })));
  expect(known.map(({ status }) => status)).toEqual([400, 400, 400, 400, 429]); // the last was right
  expect(known[0]!.text).toContain('The Care ID, the password or the code is not right');
  expect(known[4]!.text).toContain('Too many tries failed. You can try again');
  expect(unknown).toEqual(known);
});

test('what is missing is asked for, and nothing typed comes back but the Care ID', async () => {
  const empty = await signIn({ careId: '12', password: '', code: '' });
  for (const words of ['Enter your Care ID: 12 digits', 'Enter your password', 'Enter the code']) expect(empty.text).toContain(words);
  expect((await signIn({ careId: '123', password: 'secret of mine', code: '654321' })).text).not.toMatch(/secret of mine|654321/);
});

test('a password that is too short, known from a breach or not repeated is not taken, nor a wrong code', async () => {
  const { browser } = await aSignedIn();
  const secret = secretIn(await browser.get(`${own}/add/password`));
  const add = (fields: Record<string, string>) =>
    browser.post(`${own}/add/password`, { code: codeOf(secret), password, again: password, ...fields });
  expect((await add({ password: 'short', again: 'short' })).text).toContain('12 characters or more');
  const known = 'password everybody has';
  expect((await add({ password: known, again: known })).text).toContain('Others have used this password');
  expect((await add({ again: 'three purple planes' })).text).toContain('Enter the same password again');
  expect((await add({ code: '000000' })).status).toBe(400);
  expect((await add({})).title).toBe('Your recovery codes');
  expect((await browser.get(`${own}/add/password`)).status).toBe(409);
});

test('changing the password ends what began with it; new recovery codes end the old ones', async () => {
  const { person, careId, browser, secret, codes } = await aHolder();
  const { id } = await rowOf(person);
  const elsewhere = anHttpBrowser();
  await signIn({ careId, password, code: codeOf(secret) }, elsewhere);
  const next = 'four green tractors';
  expect((await browser.post(`${own}/${id}/password`, { password: next, again: next })).title).toBe('Your authenticators');
  expect((await elsewhere.get(own)).title).toMatch(/^Sign in to/);
  const [fresh] = [...(await browser.post(`${own}/${id}/recovery-codes`, {})).text.matchAll(/<code class="care-secret">([^<]+)</g)];
  expect((await signIn({ careId, password: next, code: codes[0]! })).status).toBe(400);
  expect((await signIn({ careId, password: next, code: fresh![1]! })).title).toBe('Your authenticators');
  const letters = await service.orm.em.fork().find(MailRow, { toId: person });
  expect(letters.map(({ template }) => template)).toEqual(expect.arrayContaining(['password-changed', 'recovery-codes-made']));
});

test('a sign-in of level 2 adds nothing, and one that is removed or reported lost signs nobody in', async () => {
  const { person, careId, secret } = await aHolder();
  const browser = anHttpBrowser();
  await signIn({ careId, password, code: codeOf(secret) }, browser);
  const { id } = await rowOf(person);
  expect((await browser.get(`${own}/${id}/lost`)).text).toContain('This is your last one');
  expect((await browser.post(`${own}/${id}/lost`, {})).title).toMatch(/^Sign in to/);
  expect((await signIn({ careId, password, code: codeOf(secret, 1) })).text).toContain('is not right');
  expect(await service.orm.em.fork().count(AuditRow, { subjectId: person, what: 'authenticator.report-lost' })).toBe(1);
  expect(await service.orm.em.fork().count(MailRow, { toId: person, template: 'authenticator-lost' })).toBe(1);
});

test('a device offers first what was used on it last only if somebody asked for that, and forgets it when they no longer do', async () => {
  const { careId, secret, codes } = await aHolder();
  const browser = anHttpBrowser();
  const headings = ({ text }: Seen) => [...text.matchAll(/<h2 class="nhsuk-heading-m">([^<]+)</g)].map(([, words]) => words);
  const usual = ['Smartcard', 'Security key or this device', 'Password and authenticator app'];
  const again = async () => {
    browser.forget('care_session');
    return headings(await browser.get(own));
  };
  await signIn({ careId, password, code: codes[0]! }, browser);
  expect(await again()).toEqual(usual);
  await signIn({ careId, password, code: codes[1]!, remember: 'yes' }, browser);
  expect(await again()).toEqual([usual[2], usual[0], usual[1]]);
  expect(browser.cookies().find(({ name }) => name === 'care_first')?.value).toBe('password-totp');
  await signIn({ careId, password, code: codeOf(secret) }, browser);
  expect(await again()).toEqual(usual);
});
