/** What pages/assets/card-step.js does, for a test without a browser: reads a step's form, and sends what the workstation answers. */
import request from 'supertest';
import type { Express } from 'express';
import type { Workstation } from './cards.ts';

const attribute = (html: string, name: string) => new RegExp(`${name}="([^"]*)"`).exec(html)?.[1] ?? '';
const formOf = (html: string, mark: string) => new RegExp(`<form[^>]*${mark}[\\s\\S]*?</form>`).exec(html)?.[0] ?? '';
const hidden = (form: string) =>
  Object.fromEntries([...form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));

/** Presses what asks for an order, carries it out, and sends the answer. @returns the page one is on then */
export async function pressStep(
  app: Express,
  desk: Workstation,
  page: string,
  { card, passcode, ...fields }: { card?: string; passcode?: string } & Record<string, string | undefined> = {},
): Promise<string> {
  const first = await request(app).get(page).expect(200);
  const ask = formOf(first.text, 'data-card-ask');
  const asked = await request(app)
    .post(attribute(ask, 'action'))
    .type('form')
    .send({ ...hidden(ask), session: JSON.stringify(desk.session), ...(card && { card }), ...fields })
    .expect(303);
  const second = await request(app).get(asked.headers['location']!).expect(200);
  const order = formOf(second.text, 'data-card-order');
  const ready = {
    nonce: hidden(order)['nonce']!,
    purpose: 'set-up' as const,
    card: attribute(order, 'data-card'),
    session: attribute(order, 'data-session'),
    order: attribute(order, 'data-order') || null,
    expiresAt: new Date(),
  };
  const result = await desk.carryOut(ready, attribute(order, 'data-case-id'), passcode ? { passcode } : {});
  const answered = await request(app)
    .post(attribute(order, 'action'))
    .type('form')
    .send({ ...hidden(order), result: JSON.stringify(result) })
    .expect(303);
  return answered.headers['location']!;
}
