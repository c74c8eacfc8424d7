/** A card whose certificates end on a day of the test's choosing, and the renewal that the sweep opens for it. */
import { randomUUID } from 'node:crypto';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { renewalIdOf, RenewalRow } from '../../db/smartcard/renewal.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
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

/** Far away, because another test file may skip 60 days in the middle of a test. */
const farDays = 9_000;
const farTerms = { windowDays: 20_000, remindDaysBefore: [10_000, 1], remindEveryDays: 1 };

/**
 * Opens the renewal of a card as the sweep would, but by itself: once a child of a workflow that is over has ended, the clock of the
 * shared server stands still for whoever skips time. @returns its id
 */
export async function opened(service: Service, serial: string, days = farDays): Promise<string> {
  const { deps } = service;
  const certificate = await endsInDays(service, serial, days);
  const workflowId = `renewal/${renewalIdOf(certificate)}`;
  await deps.temporal.workflow.start('renewal', { taskQueue: deps.taskQueue, workflowId, args: [certificate, farTerms] });
  return openedFor(service, certificate);
}

/** Runs the sweep to its end: on a clock of the test's own. @returns its first page's size */
export const sweep = ({ deps }: Service, terms: RenewalTerms = renewalTerms, pageSize = 200): Promise<number> =>
  deps.temporal.workflow.execute('renewalSweep', {
    taskQueue: deps.taskQueue,
    workflowId: `renewal-sweep-${randomUUID()}`,
    args: [terms, { pageSize }],
  });

/** @returns the id of the renewal of a certificate, once it is open */
export async function openedFor({ orm }: Service, certificate: string): Promise<string> {
  const id = renewalIdOf(certificate);
  await until(async () => (await orm.em.fork().count(RenewalRow, { id })) === 1);
  return id;
}
