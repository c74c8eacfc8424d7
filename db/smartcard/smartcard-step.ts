/** What takes a card one step on. A card that ends takes its certificates, its sessions and its open renewal along. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { refuseStep, type SmartcardStep, smartcardSteps } from '../../domain/smartcard.ts';
import type { Cause } from '../audit.ts';
import { recordCertificatesRevoked } from './certificate.ts';
import { recordRenewalsEnded } from './renewal.ts';
import { recordSignInsEnded } from '../sign-in/sign-in-ending.ts';
import { auditSmartcard, findSmartcard, partOf, SmartcardRow } from './smartcard.ts';

/** @throws {Refusal} WRONG_STATE if the card is past that, with since when */
export async function recordSmartcardStep(
  em: EntityManager,
  cause: Cause,
  step: SmartcardStep,
  card: SmartcardRow,
  detail: Record<string, string> = {},
): Promise<void> {
  refuseStep(step, card);
  const { to, revokes } = smartcardSteps[step];
  const { id, state } = card;
  const ended = { endedAt: cause.at, generation: card.generation + 1, pukSealed: null, managementKeySealed: null };
  const values = { state: to, ...(step === 'issue' && { issuedAt: cause.at }), ...(revokes && ended) };
  if ((await em.nativeUpdate(SmartcardRow, { id, state }, values)) === 0) {
    refuseStep(step, await findSmartcard(em, id));
    throw new Error(`Smartcard ${id} changed while it was looked at`); // a fault: tried again, it is judged again
  }
  await auditSmartcard(em, cause, step, card, detail);
  if (revokes) await recordEnd(em, cause, card, { step, revokes });
}

async function recordEnd(
  em: EntityManager,
  cause: Cause,
  { id, organisation }: SmartcardRow,
  { step, revokes }: { step: SmartcardStep; revokes: 'keyCompromise' | 'superseded' | 'cessationOfOperation' },
): Promise<void> {
  await recordCertificatesRevoked(em, cause, { smartcard: id, organisation }, revokes);
  await recordRenewalsEnded(em, partOf(cause, id), id, `smartcard.${step}`);
  await recordSignInsEnded(em, partOf(cause, `${id}/sign-ins`), { smartcard: id }, `smartcard.${step}`);
}
