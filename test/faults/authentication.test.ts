import { AuditRow } from '../../db/audit.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { eventually } from '../support/eventually.ts';
import { type Faults, type SignedIn, startFaults } from '../support/faults.ts';
import { aWorker, giveCard } from '../support/holder.ts';

let faults: Faults;
let agent: SignedIn;
beforeAll(async () => {
  faults = await startFaults();
  agent = await faults.signedIn('Asha Patel');
});
afterAll(() => faults.stop());
afterEach(() => faults.on('authentication'));

const em = () => faults.orm.em.fork();
const toldOf = (signIn: string) =>
  em().execute<Array<{ answer: string | null; tries: number; told: boolean }>>(
    `select answer, tries, told_at is not null as told from sign_in_client where sign_in = :signIn`,
    { signIn },
  );

test('while the authentication service is away a card is cancelled all the same, and what it let in to is told once when it is back', async () => {
  const worker = await aWorker(faults);
  const card = await giveCard(faults, worker);
  const ward = await faults.signedInAtClinicalSystem(card);
  expect((await ward()).title).toBe('You are signed in');
  const { id } = await em().findOneOrFail(SmartcardRow, { serial: card.card });
  await faults.off('authentication');

  const page = await agent.get(`/smartcards/${id}/cancellation`);
  const saved = await agent.send(page, `/smartcards/${id}/cancellation`, { reason: 'damaged' });
  expect(saved.status).toBe(200);
  expect(saved.text).toContain('Cancelled');

  // Over in that moment, and still to be told.
  const signIn = await em().findOneOrFail(SignInRow, { person: worker.id });
  expect(signIn.endedAt).toEqual(expect.any(Date));
  expect(await toldOf(signIn.id)).toEqual([{ answer: null, tries: 0, told: false }]);
  expect((await ward()).title).toBe('You are signed in');

  await faults.on('authentication');
  await eventually(async () => expect(await toldOf(signIn.id)).toEqual([{ answer: 'told', tries: 1, told: true }]), 30_000);
  expect((await ward()).title).toBe('Willow clinical system');
  expect(await em().count(AuditRow, { subjectId: worker.id, what: 'sign-in.end' })).toBe(1);
  const told = await em().find(AuditRow, { what: 'sign-in.tell-end', detail: { $contains: { signIn: signIn.id } } });
  expect(told.map(({ detail }) => detail['answer'])).toEqual(['told']);
});
