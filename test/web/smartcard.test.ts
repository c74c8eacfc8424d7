import request from 'supertest';
import { AuditRow } from '../../db/audit.ts';
import { CardReportRow } from '../../db/smartcard/card-report.ts';
import { type Hidden, MailRow, sealedFor } from '../../db/mail/mail.ts';
import { findPerson, PersonRow } from '../../db/person/person.ts';
import { unseal } from '../../db/seal.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { pressStep } from '../support/card-page.ts';
import { type CardDesk, cardDesk, passcode } from '../support/card-issue.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { webAs } from '../support/edges.ts';
import { opened } from '../support/renewal.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let desk: CardDesk;
let serial: string;
let id: string;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.instead = { printCard: async () => 'printed' };
  elm = await anOrganisation(service.orm);
  desk = await cardDesk(service, elm);
  ({ serial } = await desk.whole());
  id = (await em().findOneOrFail(SmartcardRow, { serial })).id;
});

const em = () => service.orm.em.fork();
const as = (person: string) => webAs(service.deps, person);
const send = (path: string, person: string, form: Record<string, string>) =>
  request(as(person))
    .post(path)
    .type('form')
    .send({ key: crypto.randomUUID(), ...form });

test('a card shows what each may do with it', async () => {
  const actions = async (person: string) => {
    const { text } = await request(as(person)).get(`/smartcards/${id}`).expect(200);
    return ['unlock', 'report', 'card-issue', 'cancellation'].filter((path) => text.includes(`/${path}"`));
  };
  expect(await actions(elm.agent)).toEqual(['unlock', 'report', 'card-issue', 'cancellation']);
  expect(await actions(elm.sponsor)).toEqual(['unlock', 'report']);
  expect(await actions(elm.receptionist)).toEqual(['report']);
  expect(await actions(elm.beneficiary)).toEqual(['report']);
});

test('a card is reported lost on a page that says what follows', async () => {
  await request(as(elm.beneficiary))
    .get(`/smartcards/${id}/report`)
    .expect(200, /This cannot be undone/);
  const nothing = await send(`/smartcards/${id}/report`, elm.beneficiary, {});
  expect(nothing.status).toBe(400);
  expect(nothing.text).toContain('<a href="#what">Select whether the smartcard is lost or stolen</a>');
  await send(`/smartcards/${id}/report`, elm.beneficiary, { what: 'lost' }).expect(303).expect('Location', `/smartcards/${id}`);
  await request(as(elm.beneficiary)).get(`/smartcards/${id}`).expect(200, /Lost/);
  await send(`/smartcards/${id}/report`, elm.agent, { what: 'lost' }).expect(409, /already reported lost/);
});

test('a card is cancelled', async () => {
  const nothing = await send(`/smartcards/${id}/cancellation`, elm.agent, {});
  expect(nothing.text).toContain('<a href="#reason">Select why you cancel this smartcard</a>');
  await send(`/smartcards/${id}/cancellation`, elm.agent, { reason: 'left' }).expect(303);
  await request(as(elm.agent))
    .get(`/smartcards/${id}`)
    .expect(200, /Cancelled/);
});

test('a card is unlocked page by page, with its holder there', async () => {
  const page = `/smartcards/${id}/unlock`;
  const alone = await send(`/smartcards/${id}/unlock-orders`, elm.sponsor, { session: JSON.stringify(desk.desk.session) });
  expect(alone.text).toContain('Confirm that the holder is with you');
  const to = await pressStep(as(elm.sponsor), desk.desk, page, { present: 'yes', passcode: '573920' });
  await request(as(elm.sponsor))
    .get(to)
    .expect(200, /The smartcard is unlocked/);
  await desk.desk.drawer.open(serial, '573920');
});

test('a holder who cannot sign in reports the card with a code from their e-mail', async () => {
  const { careId } = await findPerson(em(), elm.beneficiary);
  const browser = elm.otherSponsor; // anybody: the page is public
  const born = { day: '17', month: '5', year: '1990' };
  await request(as(browser))
    .get('/lost-card')
    .expect(200, /Report your smartcard lost or stolen/);
  const unread = await send('/lost-card', browser, { careId: '12', ...born });
  expect(unread.text).toContain('Care ID must be 12 numbers');
  const undated = await send('/lost-card', browser, { careId, day: '31', month: '2', year: '1990' });
  expect(undated.text).toContain('<a href="#dateOfBirth">');

  const { headers } = await send('/lost-card', browser, { careId: careId.replace(/(\d{4})/g, '$1 '), ...born }).expect(303);
  const page = headers['location']!;
  const letter = await em().findOneOrFail(MailRow, { toId: elm.beneficiary, template: 'card-report-code' });
  const { code } = JSON.parse(unseal(service.deps.sealingKey, sealedFor, letter.sealed!).toString()) as Hidden;
  await request(as(elm.agent)).get(page).expect(404);

  const empty = await send(page, browser, {});
  expect([...empty.text.matchAll(/<li><a href="#([^"]*)/g)].map(([, field]) => field)).toEqual(['code', 'what']);
  const wrong = await send(page, browser, { code: code === '123456' ? '654321' : '123456', what: 'stolen' });
  expect(wrong.status).toBe(400);
  expect(wrong.text).toContain('<a href="#code">That is not the code. You have 4 tries left</a>');
  await send(page, browser, { code: code!, what: 'stolen' }).expect(303).expect('Location', `${page}/done`);
  await request(as(browser))
    .get(`${page}/done`)
    .expect(200, /cannot be used any more/);
  expect(await em().findOneOrFail(SmartcardRow, { id })).toMatchObject({ state: 'stolen' });
  expect(await em().find(AuditRow, { subjectId: id, what: 'smartcard.report-stolen' })).toMatchObject([
    { who: elm.beneficiary, detail: { by: 'code' } },
  ]);
  const again = await send(page, browser, { code: code!, what: 'stolen' });
  expect(again.text).toContain('That code has been used');
});

test('a report about nobody looks the same, sends nothing, and locks after five wrong codes', async () => {
  const browser = elm.otherSponsor;
  const { careId } = await findPerson(em(), elm.beneficiary);
  const letters = await em().count(MailRow);
  const { headers } = await send('/lost-card', browser, { careId, day: '18', month: '5', year: '1990' }).expect(303);
  const page = headers['location']!;
  await request(as(browser))
    .get(page)
    .expect(200, /If what you entered is right, a code was sent/);
  expect(await em().count(MailRow)).toBe(letters);
  for (let tries = 0; tries < 5; tries++) await send(page, browser, { code: `00000${tries}`, what: 'lost' }).expect(400);
  const locked = await send(page, browser, { code: '000009', what: 'lost' });
  expect(locked.text).toContain('locked after too many wrong tries');
  expect(await em().findOneOrFail(CardReportRow, { id: page.split('/').at(-1)! })).toMatchObject({ person: null, wrongTries: 5 });
});

test('no inbox is filled: six codes an hour', async () => {
  const { careId } = await findPerson(em(), elm.beneficiary);
  const form = { careId, day: '17', month: '5', year: '1990' };
  for (let each = 0; each < 8; each++) await send('/lost-card', elm.otherSponsor, form).expect(303);
  expect(await em().count(MailRow, { toId: elm.beneficiary, template: 'card-report-code' })).toBe(6);
});

test('the holder renews in two pages', async () => {
  const renewal = await opened(service, serial);
  const mine = as(elm.beneficiary);
  await request(mine)
    .get('/me/renewal')
    .expect(200, /Renew my smartcard/);

  const second = await pressStep(mine, desk.desk, '/me/renewal', { passcode });
  expect(second).toBe(`/me/renewal/${renewal}?go=on`);
  await pressStep(mine, desk.desk, second, { passcode });
  await pressStep(mine, desk.desk, second, { passcode });
  await request(mine)
    .get(second)
    .expect(200, /Your smartcard is renewed/);
  await pressStep(mine, desk.desk, second, { passcode });
  const { text } = await request(mine)
    .get(second)
    .expect(200, /Your smartcard is renewed/);
  expect(text).not.toContain('data-card-ask');
  await request(mine)
    .get('/me/renewal')
    .expect(200, /Your smartcard is good until/);
});

test('past the end the holder sees whom to go to, and RA agents find the task', async () => {
  const renewal = await opened(service, serial, -3);
  await request(as(elm.beneficiary))
    .get('/me/renewal')
    .expect(200, /See your Registration Authority/);
  await request(as(elm.beneficiary))
    .get(`/me/renewal/${renewal}`)
    .expect(200, /You cannot renew it yourself any more/);
  await request(as(elm.agent))
    .get('/renewals?when=expired')
    .expect(200, /1 smartcard waits to be renewed[\s\S]*Ben Adeyemi/);
  await request(as(elm.sponsor))
    .get(`/renewals/${renewal}`)
    .expect(200, /An RA agent renews this smartcard/);
  await pressStep(as(elm.agent), desk.desk, `/renewals/${renewal}`, { passcode });
  await request(as(elm.agent))
    .get(`/renewals/${renewal}`)
    .expect(200, /Go on with the card/);
});

test('somebody without a card has nothing to renew', async () => {
  await request(as(elm.receptionist))
    .get('/me/renewal')
    .expect(200, /You have no smartcard that can be renewed/);
  expect((await em().findOneOrFail(PersonRow, { id: elm.receptionist })).state).toBe('active');
});
