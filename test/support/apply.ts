/** An applicant and their browser, and what they do in it, for tests. */
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import request from 'supertest';
import sharp from 'sharp';
import type { Caller } from '../../commands/caller.ts';
import type { Deps } from '../../commands/deps.ts';
import { InvitationRow } from '../../db/application/invitation.ts';
import { hashOfSecret, newSecret } from '../../db/secret.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { unseal } from '../../db/seal.ts';
import { createUploads } from '../../pages/upload.ts';
import { forgetAddresses } from './application.ts';
import { createWeb } from '../../web/app.ts';
import type { WebDeps } from '../../web/edge/deps.ts';

/** A browser that nobody signed in with. It comes to speak for an application as a real one does. */
export function aBrowser(deps: Deps, uploads = createUploads(16)) {
  const caller: Caller = { kind: 'applicant', id: randomUUID(), via: 'web', authenticatedAt: null };
  const visitors: Omit<WebDeps, keyof Deps> = {
    uploads,
    visitorOf: () => ({ caller, csrf: 'csrf' }),
    judgeForm: () => 'ours',
    keepTyped: () => Promise.resolve('/resume/1'),
    becomeApplicant: async (_req, application) => void (caller.id = application),
    leaveApplication: async () => void (caller.id = randomUUID()),
  };
  const app: Express = createWeb({ ...deps, ...visitors }, { serviceName: 'Care Identity Service', https: false }, () => {});
  const send = (path: string, fields: Record<string, string>, key: string = randomUUID()) =>
    request(app)
      .post(path)
      .type('form')
      .send({ key, _csrf: 'csrf', ...fields });
  return {
    app,
    caller,
    get: (path: string) => request(app).get(path),
    send,
    attach(path: string, field: string, files: readonly Buffer[], name = 'photograph.jpg') {
      const sending = request(app).post(path).field('key', randomUUID()).field('_csrf', 'csrf');
      for (const file of files) void sending.attach(field, file, name);
      return sending;
    },
  };
}
export type Browser = ReturnType<typeof aBrowser>;

/** @returns what stands in an employer's link of this organisation */
export const anEmployerLink = (deps: Pick<Deps, 'orm'>, organisation: string): Promise<string> =>
  aWayIn(deps, organisation, { kind: 'employer' });

/** @returns what stands in an invitation of one person */
export const anInvitation = (deps: Pick<Deps, 'orm'>, organisation: string): Promise<string> =>
  aWayIn(deps, organisation, { kind: 'person', email: 'zoe@example.org', expiresAt: new Date(Date.now() + 86_400_000) });

async function aWayIn({ orm }: Pick<Deps, 'orm'>, organisation: string, given: Pick<InvitationRow, 'kind'> & Partial<InvitationRow>) {
  const secret = newSecret();
  const em = orm.em.fork();
  await forgetAddresses(em);
  if (given.kind === 'employer') await em.nativeUpdate(InvitationRow, { organisation, kind: 'employer' }, { endedAt: new Date() });
  const made = { id: randomUUID(), hash: hashOfSecret(secret), organisation, madeBy: randomUUID(), madeAt: new Date() };
  await em.insert(InvitationRow, { ...made, ...given });
  return secret;
}

/** What the last letter of a kind hid: a code, or what stands in a link. */
export async function hiddenIn({ orm, sealingKey }: Pick<Deps, 'orm' | 'sealingKey'>, about: string, template: MailRow['template']) {
  const where = { aboutId: about, template };
  const [letter] = await orm.em.fork().find(MailRow, where, { orderBy: { queuedAt: -1 }, limit: 1 });
  if (!letter?.sealed) throw new Error(`no ${template}`);
  return JSON.parse(unseal(sealingKey, 'mail', letter.sealed).toString()) as { code?: string; link?: string };
}

export const aPhotograph = (): Promise<Buffer> =>
  sharp({ create: { width: 300, height: 400, channels: 3, background: '#336699' } })
    .jpeg()
    .toBuffer();

/** Where a form led. */
export async function sent(sending: request.Test): Promise<string> {
  const { status, headers, text } = await sending;
  if (status !== 303)
    throw new Error(`${status}: ${/<title>[^<]*/.exec(text)?.[0]} ${[...text.matchAll(/<li><a href="#[^<]*/g)].join(' ')}`);
  return headers['location'] as string;
}

/** Answers every question up to the documents. */
export async function answerAll(browser: Browser, link: string): Promise<void> {
  await sent(browser.send(`/apply/invitation/${link}`, {}));
  await sent(browser.send('/apply/name', { givenName: 'Zoë', familyName: "O'Néill" }));
  await sent(browser.send('/apply/date-of-birth', { day: '29', month: '2', year: '1996' }));
  await sent(browser.send('/apply/national-insurance-number', { has: 'yes', number: 'ab 12 34 56 c' }));
  await sent(browser.send('/apply/contact', { email: 'zoe@example.org', mobile: '07700 900 123' }));
  await sent(browser.send('/apply/job', { job: 'Practice nurse' }));
}

/** Adds a document with its details and a photograph. @returns its page */
export async function addPassport(browser: Browser, fields: Record<string, string> = {}): Promise<string> {
  const page = await sent(browser.send('/apply/documents/new', { type: 'passport-with-chip', ...fields }));
  const details = { number: '123456789', issuer: 'Utopia', expiresDay: '1', expiresMonth: '2', expiresYear: '2031' };
  const photographs = await sent(browser.send(page, details));
  await sent(browser.attach(photographs, 'photographs', [await aPhotograph()]));
  return page;
}

/** Everything up to the check of the answers. */
export async function fillIn(deps: Deps, browser: Browser, organisation: string): Promise<void> {
  await answerAll(browser, await anEmployerLink(deps, organisation));
  await finish(deps, browser);
}

/** A document, a photograph of themselves, and the code. */
export async function finish(deps: Deps, browser: Browser): Promise<void> {
  await addPassport(browser);
  await sent(browser.attach('/apply/photograph', 'photograph', [await aPhotograph()]));
  await sent(browser.send('/apply/email-code', {}));
  const { id } = await ownDraft(deps, browser);
  const { code = '' } = await hiddenIn(deps, id, 'application-code');
  await sent(browser.send('/apply/email-code/enter', { code }));
}

export const ownDraft = async ({ orm }: Pick<Deps, 'orm'>, { caller }: Browser) => {
  const [row] = await orm.em.fork().execute<Array<{ id: string }>>('select id from application where session = ?', [caller.id]);
  if (!row) throw new Error('this browser has no draft');
  return row;
};

/** @returns the application's id, once it was sent in */
export async function apply(deps: Deps, browser: Browser, organisation: string): Promise<string> {
  await fillIn(deps, browser, organisation);
  await sent(browser.send('/apply/check', { declared: 'yes' }));
  return browser.caller.id;
}
