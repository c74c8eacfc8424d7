/** A card being issued, through the API, with the workstation that has it in a reader. */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { PersonRow } from '../../db/person/person.ts';
import { PrinterRow } from '../../db/smartcard/printer.ts';
import { apiOf } from './edges.ts';
import { aWorkstation, type Workstation } from './cards.ts';
import type { Organisation } from './database.ts';
import type { Service } from './service.ts';

export const passcode = '802614';

/** Somebody a card can be printed for, and a printer to print it. */
export async function readyForCards({ orm }: Service, elm: Organisation): Promise<{ printer: string }> {
  const em = orm.em.fork();
  await em.nativeUpdate(PersonRow, { id: elm.beneficiary }, { photo: randomUUID() });
  const printer = randomUUID();
  const where = { organisation: elm.trust, name: 'Card printer', location: 'Main reception', ippUrl: 'ipp://localhost:1/ipp/print' };
  await em.insert(PrinterRow, { id: printer, ...where, state: null, stateReasons: [], askedAt: null });
  return { printer };
}

export function cardIssuing(service: Service, elm: Organisation, printer: string, desk: Workstation) {
  const app = apiOf(service.deps);
  const post = (path: string, body: object, { as = elm.agent, key = String(randomUUID()) } = {}) =>
    request(app).post(`/v1${path}`).set('X-Person', as).set('Idempotency-Key', key).send(body);
  const get = (path: string, as = elm.agent) => request(app).get(`/v1${path}`).set('X-Person', as);
  const stageOf = async (id: string): Promise<string> => (await get(`/card-issues/${id}`).expect(200)).body.stage;

  const issuing = {
    post,
    get,
    stageOf,
    async start(more: object = {}): Promise<string> {
      const { body } = await post(`/organisations/${elm.code}/card-issues`, { person: elm.beneficiary, ...more }).expect(200);
      return body.id;
    },
    async print(id: string): Promise<void> {
      await post(`/card-issues/${id}/print`, { printer }).expect(200);
      await until(async () => (await stageOf(id)) === 'printed');
    },
    /** One step of the card: an order, carried out. @returns what to send to `answers` */
    async step(
      id: string,
      card?: string,
      { as = elm.agent, ...changed }: { as?: string; passcode?: string; origin?: string; issuer?: string } = {},
    ) {
      const { body } = await post(`/card-issues/${id}/orders`, { session: desk.session, ...(card && { card }) }, { as }).expect(200);
      const ready = await get(`/card-issues/${id}/orders/${body.nonce}`, as).expect(200);
      return { nonce: body.nonce as string, result: await desk.carryOut(ready.body, id, changed) };
    },
    async answer(id: string, card?: string, options: { as?: string; passcode?: string } = {}): Promise<void> {
      await post(`/card-issues/${id}/answers`, await issuing.step(id, card, options), options).expect(200);
    },
    /** Up to the stage named, from one that was printed. */
    async toWritten(id: string): Promise<string> {
      const serial = await desk.blank();
      await issuing.answer(id, serial); // prepare
      await issuing.answer(id); // set-up
      await issuing.answer(id); // make-keys
      await issuing.answer(id); // write-certificates
      return serial;
    },
    async whole(more: object = {}): Promise<{ id: string; serial: string }> {
      const id = await issuing.start(more);
      await issuing.print(id);
      const serial = await issuing.toWritten(id);
      await post(`/card-issues/${id}/recognition`, { recognised: 'yes' }).expect(200);
      await issuing.answer(id, undefined, { passcode });
      return { id, serial };
    },
  };
  return issuing;
}

export async function cardDesk(service: Service, elm: Organisation) {
  const { printer } = await readyForCards(service, elm);
  const desk = await aWorkstation(service.deps);
  return { printer, desk, ...cardIssuing(service, elm, printer, desk) };
}
export type CardDesk = Awaited<ReturnType<typeof cardDesk>>;

export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries === 100) throw new Error('It did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
