/** A card whose certificates end on a day of the test's choosing, and the renewal that the sweep opens for it. */
import { randomUUID } from 'node:crypto';
import { CertificateRow } from '../../db/certificate.ts';
import { renewalIdOf, RenewalRow } from '../../db/renewal.ts';
import { SmartcardRow } from '../../db/smartcard.ts';
import { type RenewalTerms, renewalTerms } from '../../domain/certificate.ts';
import { until } from './card-issue.ts';
import type { Service } from './service.ts';

const dayMs = 86_400_000;

/** As if it had been issued long ago. @returns the serial of its authentication certificate */
export async function endsInDays({ orm }: Service, serial: string, days: number): Promise<string> {
  const em = orm.em.fork();
  const { id: smartcard } = await em.findOneOrFail(SmartcardRow, { serial });
  const notAfter = new Date(Date.now() + days * dayMs);
  await em.nativeUpdate(CertificateRow, { smartcard }, { notAfter });
  return (await em.findOneOrFail(CertificateRow, { smartcard, kind: 'authentication', state: 'confirmed' })).serial;
}

/** Runs the sweep to its end. @returns its first page's size */
export const sweep = ({ deps }: Service, terms: RenewalTerms = renewalTerms): Promise<number> =>
  deps.temporal.workflow.execute('renewalSweep', {
    taskQueue: deps.taskQueue,
    workflowId: `renewal-sweep-${randomUUID()}`,
    args: [terms, { pageSize: 200 }],
  });

/** @returns the id of the renewal of a certificate, once it is open */
export async function openedFor({ orm }: Service, certificate: string): Promise<string> {
  const id = renewalIdOf(certificate);
  await until(async () => (await orm.em.fork().count(RenewalRow, { id })) === 1);
  return id;
}
