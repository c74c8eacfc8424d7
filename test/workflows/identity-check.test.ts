import { AuditRow } from '../../db/audit.ts';
import { ApplicationRow } from '../../db/application.ts';
import { MailRow } from '../../db/mail.ts';
import { OpenCaseRow } from '../../db/open-case.ts';
import { PersonRow } from '../../db/person.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { anExpectedApplication, atWork } from '../support/identity-check.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  Object.assign(service.fraud, { own: [], independent: [], asked: [], isAway: false });
  elm = await anOrganisation(service.orm);
});

const rowOf = (id: string) => service.orm.em.fork().findOneOrFail(ApplicationRow, { id });

test('a checked identity becomes a person with a Care ID, who is told', async () => {
  const id = await anExpectedApplication(service, elm);
  const work = atWork(service, elm.receptionist, id);
  await work.everything();

  expect(await work.decide({ decision: 'verify' })).toMatchObject({ state: 'verified', changedBy: elm.receptionist });

  expect(await service.over(id, 'identity-proofing')).toBe('verified');
  const { person, photo, email } = await rowOf(id);
  const em = service.orm.em.fork();
  expect(await em.findOneOrFail(PersonRow, { id: person! })).toMatchObject({
    careId: expect.stringMatching(/^\d{12}$/),
    givenNames: 'Zoë',
    familyName: 'O’Néill',
    dateOfBirth: '1996-02-29',
    organisation: elm.code,
    identityAssuranceLevel: 3,
    gpg45Profile: 'V2B',
    checkedBy: elm.receptionist,
    contactChangedAt: null,
    photo,
    email,
    state: 'active',
  });
  expect(await em.find(MailRow, { toId: person! })).toMatchObject([{ template: 'care-id-created', data: { careId: expect.any(String) } }]);
  expect(await em.count(OpenCaseRow, { id })).toBe(0);
  const audit = await em.find(AuditRow, { subjectId: { $in: [id, person!] } }, { orderBy: { at: 1, id: 1 } });
  expect(audit.map(({ what }) => what)).toEqual([
    ...['submit', 'expect', 'take', 'declare'].map((verb) => `application.${verb}`),
    ...Array.from({ length: 6 }, () => 'application.check-task'),
    'application.fraud-answer',
    'application.fraud-answer',
    'application.check-task',
    'application.verify',
    'person.create',
  ]);
});
