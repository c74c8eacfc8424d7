/** The pages of professional memberships: what they offer to whom, that nothing typed is lost, and that everybody can use them. */
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Browser } from 'playwright-core';
import request from 'supertest';
import type { Deps } from '../../commands/deps.ts';
import { heldMemberships, professionalMembershipsOf } from '../../db/person/professional-membership.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, aPerson, databaseOfThisWorker, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { keyIn, webAs } from '../support/edges.ts';
import { aGmcNumber, aMembership } from '../support/professional-membership.ts';
import { serve } from '../support/serve.ts';

let orm: MikroORM;
let browser: Browser;
let elm: Organisation;
beforeAll(async () => {
  orm = await databaseOfThisWorker();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await orm.close();
});
beforeEach(async () => void (elm = await anOrganisation(orm)));

// Nothing here reaches a workflow.
const deps = () => ({ orm, answerWithinMs: 1000 }) as unknown as Deps;
const as = (person: string) => request(webAs(deps(), person));
const send = (person: string, path: string, form: Record<string, string>) => as(person).post(path).type('form').send(form);
const at = (rest = '', person = elm.beneficiary) => `/people/${person}/professional-memberships${rest}`;
const boxes = (name: string, day: string) => {
  const [year = '', month = '', dayOfMonth = ''] = day.split('-');
  return { [`${name}-day`]: dayOfMonth, [`${name}-month`]: month, [`${name}-year`]: year };
};
const filled = (number: string, changes: Record<string, string> = {}): Record<string, string> => ({
  key: 'k',
  body: 'gmc',
  number,
  ...boxes('since', '2020-01-01'),
  ...changes,
});
const member = (body: 'gmc' | 'gmp', number: string, checked = true) =>
  aMembership(orm, { person: elm.beneficiary, by: elm.agent, organisation: elm.code, body, number, checked });

test('from the person’s page one is recorded, looked up and ended', async () => {
  const number = aGmcNumber();
  await as(elm.agent)
    .get(`/people/${elm.beneficiary}`)
    .expect(200, /Professional memberships.*None is recorded.*Record, check or end one/s);
  const form = (await as(elm.agent).get(at('/new')).expect(200)).text;
  expect(form).toMatch(/General Medical Council.*GMC reference number: 7 digits/s);
  const { headers } = await send(elm.agent, at(), filled(` ${number.slice(0, 3)} ${number.slice(3)}`, { key: keyIn(form) })).expect(303);
  const [held] = await heldMemberships(orm.em.fork(), elm.beneficiary);
  expect(headers['location']).toBe(at(`/${held!.id}/check`));
  expect(held).toMatchObject({ number, checkedAt: null });
  await as(elm.agent)
    .get(`/people/${elm.beneficiary}`)
    .expect(200, new RegExp(`${number}.*Not checked yet.*No system is told of it`, 's'));

  await as(elm.agent)
    .get(at(`/${held!.id}/check`))
    .expect(200, /Look up the GMC reference number of Ben Adeyemi.*the medical register of the GMC/s);
  await send(elm.agent, at(`/${held!.id}/check`), { key: 'c1', ...boxes('until', inDays(60)) }).expect(
    400,
    /href="#found">Say that you found this number/,
  );
  await send(elm.agent, at(`/${held!.id}/check`), { key: 'c2', found: 'yes', ...boxes('until', inDays(60)) })
    .expect(303)
    .expect('Location', at('?done=checked'));
  await as(elm.agent)
    .get(at('?done=checked'))
    .expect(200, /It is saved that you found it.*In the register.*Last checked on.*by Aisha Khan/s);

  await send(elm.manager, at(`/${held!.id}/end`), { key: 'e1' }).expect(400, /href="#reason">Select a reason/);
  await send(elm.manager, at(`/${held!.id}/end`), { key: 'e2', reason: 'not-registered' })
    .expect(303)
    .expect('Location', at('?done=ended'));
  await as(elm.agent)
    .get(at())
    .expect(200, /Ended.*by Mary Okafor.*Nothing more/s);
  expect(await professionalMembershipsOf(orm.em.fork(), elm.beneficiary)).toMatchObject([
    { endReason: 'not-registered', until: inDays(60) },
  ]);
});

test.each<[string, Record<string, string>, string, string]>([
  ['no register', { body: '' }, 'body', 'Select a register'],
  ['a number of another form', { number: '12 3' }, 'number', 'Enter the GMC reference number: 7 digits, like 0000000'],
  ['a number of nobody', { body: 'rcn', number: 'C9999998' }, 'number', 'C9999998 stands for a number that is not known'],
  ['no first day', boxes('since', '--'), 'since', 'Enter the first day of the registration, as the register says'],
  ['a first day that is none', boxes('since', '2020-02-30'), 'since', 'must be a real date'],
  ['a first day to come', boxes('since', inDays(1)), 'since', 'The first day of the registration must be today or earlier'],
  ['a last day that has passed', boxes('until', '2020-01-02'), 'until', 'The last day of the registration must be today or later'],
  ['a register of what is not recorded', { body: 'gdp', number: 'D3345122' }, 'body', 'Record their GDC registration number first'],
])('%s comes back at its own field, with all that was typed', async (_what, changes, field, message) => {
  const given = filled('0 1', changes);
  const { text } = await send(elm.agent, at(), given).expect(400);
  expect(text).toContain(`<a href="#${field}">${message}`);
  expect(text).toMatch(new RegExp(` id="${field}"`));
  expect(text).toMatch(/<title>\s*Error: /);
  if (given['number']) expect(text).toContain(`value="${given['number']}"`);
  expect(text).toContain(`name="since-year" type="text" value="${given['since-year']}"`);
  expect(await heldMemberships(orm.em.fork(), elm.beneficiary)).toEqual([]);
});

test('a number of somebody else comes back at its field: their name for whoever may see them', async () => {
  const number = aGmcNumber();
  await member('gmc', number);
  const other = await aPerson(orm, { named: 'Cara Lee', organisation: elm.code });
  await send(elm.agent, at('', other), filled(number)).expect(400, /href="#number">This GMC reference number is recorded for Ben Adeyemi/);
  const oak = await anOrganisation(orm);
  const { text } = await send(oak.agent, at('', oak.beneficiary), filled(number)).expect(400);
  expect(text).toContain('recorded for somebody else');
  expect(text).not.toContain(elm.beneficiary);
});

test('who may not change them is offered nothing, and who may not see them sees none', async () => {
  const number = aGmcNumber();
  await member('gmc', number);
  const mine = (await as(elm.beneficiary).get('/me').expect(200)).text;
  expect(mine).toMatch(new RegExp(`Your professional memberships.*${number}`, 's'));
  expect((await as(elm.beneficiary).get(at()).expect(200)).text).not.toMatch(/Record a membership|\/end"/);
  for (const by of [elm.sponsor, elm.receptionist]) {
    expect((await as(by).get(`/people/${elm.beneficiary}`).expect(200)).text).not.toMatch(new RegExp(`${number}|Professional memberships`));
    await as(by).get(at()).expect(403);
  }
  await as((await anOrganisation(orm)).agent)
    .get(at())
    .expect(404);
  expect((await as(elm.agent).get('/me').expect(200)).text).not.toContain('Your professional memberships');
});

test('what is to be looked up is found from the search for people, and leads to the page where it is', async () => {
  const gmc = await member('gmc', aGmcNumber(), false);
  await as(elm.agent)
    .get('/people')
    .expect(200, /href="\/professional-memberships">Professional memberships to look up/);
  await as(elm.agent)
    .get('/professional-memberships')
    .expect(200, new RegExp(`1 membership\\..*href="${at(`/${gmc}/check`)}">Ben Adeyemi`, 's'));
  await as(elm.agent)
    .get(`/professional-memberships?organisation=${elm.trust}`)
    .expect(200, /0 memberships\..*There is none to look up now/s);
  expect((await as(elm.sponsor).get('/people').expect(200)).text).not.toContain('/professional-memberships');
  await as(elm.sponsor).get('/professional-memberships').expect(403);
});

test('every page can be used by everybody, on a desk and on a phone', async () => {
  const empty = await aPerson(orm, { named: 'Cara Lee', organisation: elm.code });
  const number = aGmcNumber();
  const gmc = await member('gmc', number);
  const gmp = await member('gmp', `G${number}`, false);
  const pages: Array<[string, string, string]> = [
    [elm.agent, at('', empty), 'Professional memberships of Cara Lee'],
    [elm.agent, '/people', 'Find a person'],
    [elm.agent, '/professional-memberships', 'Professional memberships to look up'],
    [elm.manager, `/professional-memberships?organisation=${elm.trust}`, 'Professional memberships to look up'],
    [elm.agent, at(), 'Professional memberships of Ben Adeyemi'],
    [elm.agent, at('?done=checked'), 'Professional memberships of Ben Adeyemi'],
    [elm.agent, at('/new'), 'Record a professional membership of Ben Adeyemi'],
    [elm.agent, at(`/${gmp}/check`), 'Look up the GMP code of Ben Adeyemi'],
    [elm.agent, at(`/${gmc}/end`), 'End the GMC reference number of Ben Adeyemi'],
    [elm.agent, `/people/${elm.beneficiary}`, 'Ben Adeyemi'],
    [elm.beneficiary, '/me', 'Your details'],
    [elm.beneficiary, at(), 'Professional memberships of Ben Adeyemi'],
  ];
  const { context, page } = await visit(browser);
  const pictures = process.env['SHOTS'];
  for (const [at, [by, path, heading]] of pages.entries()) {
    const served = await serve(webAs(deps(), by));
    try {
      for (const width of [1280, 320]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(`${served.url}${path}`);
        await on(page, heading);
        if (pictures) await page.screenshot({ path: `${pictures}/${at}-${width}.png`, fullPage: true });
      }
    } finally {
      await served.close();
    }
  }
  await context.close();
});

test('by keyboard alone: errors take the focus and lead to their field', async () => {
  const served = await serve(webAs(deps(), elm.agent));
  const { context, page } = await visit(browser, { narrow: true });
  try {
    await page.goto(`${served.url}${at('/new')}`);
    await page.getByRole('button', { name: 'Record it' }).focus();
    await page.keyboard.press('Enter');
    await on(page, 'Record a professional membership of Ben Adeyemi');
    await page.getByRole('link', { name: 'Select a register' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('body');
    await page.keyboard.press('Space');
    await page.getByLabel('Number', { exact: true }).fill('0 0 0 0');
    await page.getByRole('button', { name: 'Record it' }).press('Enter');
    await on(page, 'Record a professional membership of Ben Adeyemi');
    expect(await page.getByRole('radio', { name: 'General Medical Council' }).isChecked()).toBe(true);
    expect(await page.getByLabel('Number', { exact: true }).inputValue()).toBe('0 0 0 0');
  } finally {
    await context.close();
    await served.close();
  }
});
