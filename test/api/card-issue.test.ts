import { AuditRow } from '../../db/audit.ts';
import { CertificateRow } from '../../db/certificate.ts';
import { MailRow } from '../../db/mail.ts';
import { OpenCaseRow } from '../../db/open-case.ts';
import { PersonRow } from '../../db/person.ts';
import { SmartcardRow } from '../../db/smartcard.ts';
import { type CardDesk, cardDesk } from '../support/card-issue.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
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

const em = () => service.orm.em.fork();

test('a card is printed, made and written, its holder recognised, and then it is theirs', async () => {
  const { id, serial } = await desk.whole();

  expect(await desk.stageOf(id)).toBe('done');
  const card = await em().findOneOrFail(SmartcardRow, { serial });
  expect(card).toMatchObject({ person: elm.beneficiary, state: 'active', organisation: elm.code, issuedAt: expect.any(Date) });
  const certificates = await em().find(CertificateRow, { smartcard: card.id }, { orderBy: { kind: 1 } });
  expect(certificates.map(({ kind, state, caseId, isDev }) => ({ kind, state, caseId, isDev }))).toEqual([
    { kind: 'authentication', state: 'confirmed', caseId: id, isDev: true },
    { kind: 'signing', state: 'confirmed', caseId: id, isDev: true },
  ]);
  expect(await em().findOneOrFail(PersonRow, { id: elm.beneficiary })).toMatchObject({ termsVersion: 1 });
  expect(await em().find(MailRow, { toId: elm.beneficiary })).toMatchObject([{ template: 'card-issued' }]);
  expect(await em().count(OpenCaseRow, { id })).toBe(0);
  const audit = await em().find(AuditRow, { subjectKind: 'card-issue', subjectId: id }, { orderBy: { at: 1 } });
  expect(audit.map(({ what }) => what).filter((what) => what.startsWith('card-issue.'))).toEqual(
    ['start', 'print', 'printed', 'prepare', 'set-up', 'make-keys', 'write', 'recognise', 'set-passcode'].map(
      (step) => `card-issue.${step}`,
    ),
  );
});
