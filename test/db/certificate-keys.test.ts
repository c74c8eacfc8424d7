import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { CertificateRow, keyHashOf } from '../../db/smartcard/certificate.ts';
import { createOrm } from '../../db/orm.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { databaseUrl, executeAsAdmin } from '../support/admin.mjs';
import { anOrganisation } from '../support/database.ts';

const name = `${process.env['TEST_TEMPLATE']!}_keys`;
let orm: MikroORM;
beforeAll(async () => {
  await executeAsAdmin(`create database ${name} template ${process.env['TEST_TEMPLATE']!}`);
  orm = await createOrm(databaseUrl(name));
});
afterAll(async () => {
  await orm.close();
  await executeAsAdmin(`drop database ${name} with (force)`);
});

const aPem = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString();

test('certificates that were there before the rule count: the migration hashes their keys', async () => {
  const em = orm.em.fork();
  const { beneficiary, code } = await anOrganisation(orm);
  const smartcard = randomUUID();
  const at = new Date();
  await em.insert(SmartcardRow, { id: smartcard, serial: 'S-1', person: beneficiary, organisation: code, state: 'active', createdAt: at });
  const card = { smartcard, person: beneficiary, notBefore: at, notAfter: at, state: 'confirmed', caseId: null, isDev: true } as const;
  const rows = (['authentication', 'signing'] as const).map((kind, n) => ({ ...card, kind, serial: `0${n}`, pem: aPem() }));
  for (const row of rows) await em.insert(CertificateRow, { ...row, keyHash: row.serial });
  await em.execute(`alter table certificate drop column key_hash`);
  await em.execute(`delete from mikro_orm_migrations where name = '2026-11-25-certificate-keys'`);

  await orm.migrator.up();

  for (const { serial, pem } of rows)
    expect(await orm.em.fork().findOneOrFail(CertificateRow, { serial })).toMatchObject({ keyHash: keyHashOf(pem) });
  const again = em.insert(CertificateRow, { ...rows[0]!, serial: '02', keyHash: keyHashOf(rows[0]!.pem) });
  await expect(again).rejects.toThrow('certificate_key');
});
