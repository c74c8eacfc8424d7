import request from 'supertest';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { type CardDesk, cardDesk, passcode, until } from '../support/card-issue.ts';
import { pressStep } from '../support/card-page.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { keyIn, webAs } from '../support/edges.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let desk: CardDesk;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  service.hooks.instead = { printCard: async () => 'printed' };
  elm = await anOrganisation(service.orm);
  desk = await cardDesk(service, elm);
});

const as = (person = elm.agent) => webAs(service.deps, person);
const send = async (path: string, form: Record<string, string>, person = elm.agent) =>
  request(as(person))
    .post(path)
    .type('form')
    .send({ key: crypto.randomUUID(), ...form });

test('an agent issues a card page by page', async () => {
  const create = await request(as())
    .get(`/people/${elm.beneficiary}/card-issue`)
    .expect(200, /Issue a smartcard to/);
  const begin = `/people/${elm.beneficiary}/card-issues`;
  expect(create.text).toContain(`action="${begin}"`);
  await send(begin, { person: elm.beneficiary, organisation: (await anOrganisation(service.orm)).code }).then(({ status }) =>
    expect(status).toBe(404),
  );
  await send(begin, { person: elm.beneficiary }).then(({ status }) => expect(status).toBe(404));
  const page = (await send(begin, { key: keyIn(create.text), person: elm.beneficiary, organisation: elm.code })).headers['location']!;
  await request(as())
    .get(`/people/${elm.beneficiary}`)
    .expect(200, new RegExp(`^(?!.*Issue a smartcard).*href="${page}"`, 's'));

  await request(as())
    .get(page)
    .expect(200, /Which printer\?/);
  await send(`${page}/print`, { printer: desk.printer });
  await until(async () => /Which card was printed\?/.test((await request(as()).get(page)).text));

  const serial = await desk.desk.blank();
  const go = await pressStep(as(), desk.desk, page, { card: serial });
  expect(go).toBe(`${page}?go=on`);
  expect((await request(as()).get(go)).text).toContain('data-auto');
  for (let step = 0; step < 3; step++) await pressStep(as(), desk.desk, page);

  await request(as())
    .get(page)
    .expect(200, /Is this the person in front of you\?/);
  await send(`${page}/recognition`, { recognised: 'yes' });
  await request(as())
    .get(page)
    .expect(200, /I do not write my passcode down/);
  await pressStep(as(), desk.desk, page, { passcode });

  const { text } = await request(as())
    .get(page)
    .expect(200, /The card is active/);
  const card = await service.orm.em.fork().findOneOrFail(SmartcardRow, { serial });
  expect(text).toContain(`/smartcards/${card.id}`);
  await request(as())
    .get(`/smartcards/${card.id}`)
    .expect(200, /Signing documents/);
  await request(as())
    .get('/card-issues')
    .expect(200, /0 smartcards are being issued/);
  await request(as())
    .get(`/people/${elm.beneficiary}`)
    .expect(200, /Replace the smartcard/);
});

test('a mistake comes back on the page with what to do', async () => {
  const id = await desk.start();
  const page = `/card-issues/${id}`;
  const nothing = await send(`${page}/print`, {});
  expect(nothing.status).toBe(400);
  expect(nothing.text).toContain('<a href="#printer">Select a printer</a>');
  expect(nothing.text).toContain('<title>Error: Smartcard for Ben Adeyemi');
  await desk.print(id);

  const serial = await desk.toWritten(id);
  const notRecognised = await send(`${page}/recognition`, {});
  expect(notRecognised.text).toContain('Confirm that the person in front of you is the one on the photograph');
  const notDestroyed = await send(`${page}/discard`, {});
  expect(notDestroyed.text).toContain('Confirm that you cut through the chip of this card');

  await send(`${page}/discard`, { destroyed: 'yes' });
  await request(as())
    .get(page)
    .expect(200, /Which printer\?/);
  expect(await service.orm.em.fork().findOneOrFail(SmartcardRow, { serial })).toMatchObject({ state: 'cancelled' });
});

test('when nobody knows whether the card came out, the agent at the printer is asked', async () => {
  service.hooks.instead = { printCard: async () => 'unknown' };
  const id = await desk.start();
  const page = `/card-issues/${id}`;
  await send(`${page}/print`, { printer: desk.printer });
  await until(async () => /Was the card printed\?/.test((await request(as()).get(page)).text));

  const unsaid = await send(`${page}/printed`, {});
  expect(unsaid.text).toContain('<a href="#printed">Select whether the card was printed</a>');
  await send(`${page}/printed`, { printed: 'yes' });
  await request(as())
    .get(page)
    .expect(200, /Which card was printed\?/);
});

test('others see nothing of it; the list is filtered and counted', async () => {
  const id = await desk.start();
  await request(as(elm.sponsor))
    .get(`/card-issues/${id}`)
    .expect(403, /Only an RA manager or an RA agent of Elm Surgery/);
  const oak = await anOrganisation(service.orm);
  await request(as(oak.agent)).get(`/card-issues/${id}`).expect(404);
  await request(as(oak.agent)).get(`/people/${elm.beneficiary}/card-issue`).expect(404);
  await request(as())
    .get('/card-issues')
    .expect(200, /1 smartcard is being issued[\s\S]*Ben Adeyemi/);
  await request(as())
    .get('/card-issues?stage=printing')
    .expect(200, /0 smartcards are being issued at this stage/);
});
