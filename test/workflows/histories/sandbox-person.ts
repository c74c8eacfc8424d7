/** A test person, from the form until they have what they sign in with. */
import { claimEnvironment } from '../../../db/environment.ts';
import { loadReferenceData } from '../../../db/organisation/reference.ts';
import { SandboxPersonRow } from '../../../db/sandbox/sandbox-person.ts';
import { aConnectionManager } from '../../support/connection.ts';
import { anOrganisation } from '../../support/database.ts';
import { saveHistory } from '../../support/history.ts';
import { aTestPerson } from '../../support/test-person.ts';
import type { Service } from '../../support/service.ts';

export async function saveSandboxPeople(service: Service): Promise<void> {
  await claimEnvironment(service.orm.em.fork(), 'dev');
  await loadReferenceData(service.orm.em.fork());
  const elm = await anOrganisation(service.orm);
  const noah = await aConnectionManager(service.orm, elm.code);
  const id = await aTestPerson(service, noah, elm.code, { method: 'password' });
  const { readyAt } = await service.orm.em.fork().findOneOrFail(SandboxPersonRow, { person: id });
  if (!readyAt) throw new Error('it was not finished');
  await saveHistory(service, 'sandbox-person.ready', `sandbox-person/${id}`);
}
