import { ApplicationRow } from '../../db/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { DocumentRow } from '../../db/evidence.ts';
import { OpenCaseRow } from '../../db/open-case.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { aBrowser, addPassport, answerAll, anEmployerLink, apply, fillIn, hiddenIn, ownDraft, sent } from '../support/apply.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const rowOf = (id: string) => service.orm.em.fork().findOneOrFail(ApplicationRow, { id });

test('somebody with a link answers one question after another, sends them, and gets a reference', async () => {
  const browser = aBrowser(service.deps);
  await fillIn(service.deps, browser, elm.code);
  const { text } = await browser.get('/apply/check').expect(200);
  expect(text).toContain('O&#39;Néill');
  expect(text).toContain('AB 12 34 56 C');

  expect(await sent(browser.send('/apply/check', { declared: 'yes' }))).toBe('/apply/sent');

  const id = browser.caller.id;
  const row = await rowOf(id);
  expect(row).toMatchObject({ state: 'submitted', version: 2, evidenceVersion: 1, dateOfBirth: '1996-02-29', organisation: elm.code });
  const page = await browser.get('/apply/sent').expect(200);
  expect(page.text).toContain(`${row.reference.slice(0, 5)} ${row.reference.slice(5)}`);
  expect(await service.orm.em.fork().findOne(OpenCaseRow, { id })).toMatchObject({
    kind: 'identity-proofing',
    stage: 'not-expected',
    waitsFor: 'sponsor',
  });
  expect(await hiddenIn(service.deps, id, 'application-received')).toEqual({ link: expect.stringMatching(/^[\w-]{43}$/) });
  const audit = await service.orm.em.fork().find(AuditRow, { subjectId: id });
  expect(audit.every(({ who }) => who === id)).toBe(true);
});

void [DocumentRow, addPassport, answerAll, anEmployerLink, apply, ownDraft];
