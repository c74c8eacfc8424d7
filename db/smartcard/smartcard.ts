/** A smartcard: whose it is, whether it is good, and the secrets of its chip, sealed. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { isHeld, smartcardStates } from '../../domain/smartcard.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { seal, unseal } from '../seal.ts';

export type { SmartcardState } from '../../domain/smartcard.ts';

const schema = defineEntity({
  name: 'SmartcardRow',
  tableName: 'smartcard',
  properties: {
    id: p.uuid().primary(),
    /** The chip's own number: used once. */
    serial: p.string(),
    person: p.uuid(),
    organisation: p.string(),
    state: p.enum(smartcardStates),
    issuedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    pukSealed: p.blob().nullable(),
    managementKeySealed: p.blob().nullable(),
    /** One more ends every session begun before with it. */
    generation: p.integer().default(1),
    createdAt: p.datetime(),
  },
});

export class SmartcardRow extends schema.class {}
schema.setClass(SmartcardRow);

/** @throws {Refusal} NOT_FOUND */
export async function findSmartcard(em: EntityManager, id: string): Promise<SmartcardRow> {
  const row = await em.findOne(SmartcardRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** Newest first. */
export const smartcardsOf = (em: EntityManager, person: string): Promise<SmartcardRow[]> =>
  em.find(SmartcardRow, { person }, { orderBy: { createdAt: -1 }, refresh: true });

/** The one card a person has, if any. */
export const heldSmartcard = async (em: EntityManager, person: string): Promise<SmartcardRow | undefined> =>
  (await smartcardsOf(em, person)).find(({ state }) => isHeld(state));

export interface ChipSecrets {
  puk: string;
  managementKey: string;
}
type Secret = keyof ChipSecrets;
const purposeOf = (id: string, secret: Secret) => `smartcard/${id}/${secret}`;

/**
 * Binds a chip to a person, its secrets sealed, before the chip is touched.
 *
 * @throws {Refusal} INVALID if the serial was ever used
 */
export async function recordSmartcardPrepared(
  em: EntityManager,
  cause: Cause,
  card: Pick<SmartcardRow, 'id' | 'serial' | 'person' | 'organisation'>,
  { key, secrets }: { key: Uint8Array; secrets: ChipSecrets },
): Promise<void> {
  const { id, serial, person, organisation } = card;
  const sealed = {
    pukSealed: seal(key, purposeOf(id, 'puk'), secrets.puk),
    managementKeySealed: seal(key, purposeOf(id, 'managementKey'), secrets.managementKey),
  };
  const row = { id, serial, person, organisation, state: 'issuing' as const, createdAt: cause.at, ...sealed };
  const { affectedRows } = await em.createQueryBuilder(SmartcardRow).insert(row).onConflict('serial').ignore().execute('run');
  if (affectedRows === 0)
    throw new Refusal('INVALID', 'A card with this serial number was used before. Take another blank card', { serial });
  await auditSmartcard(em, cause, 'prepare', card);
}

/** @throws {Refusal} WRONG_STATE if the card was made without secrets of ours */
export function secretsOfCard(key: Uint8Array, { id, pukSealed, managementKeySealed }: SmartcardRow): ChipSecrets {
  if (!pukSealed || !managementKeySealed) throw new Refusal('WRONG_STATE', 'The secrets of this card are not kept here');
  return {
    puk: unseal(key, purposeOf(id, 'puk'), pukSealed).toString(),
    managementKey: unseal(key, purposeOf(id, 'managementKey'), managementKeySealed).toString(),
  };
}

export const auditSmartcard = (
  em: EntityManager,
  cause: Cause,
  what: string,
  { id, serial, person, organisation }: Pick<SmartcardRow, 'id' | 'serial' | 'person' | 'organisation'>,
  detail: Record<string, string> = {},
) =>
  recordAudit(em, partOf(cause, `${id}/${what}`), {
    what: `smartcard.${what}`,
    subjectKind: 'smartcard',
    subjectId: id,
    organisation,
    detail: { serial, person, ...detail },
  });

/** A part of a cause, whose audit records are told apart from those of the rest. */
export const partOf = (cause: Cause, part: string): Cause => ({ ...cause, id: `${cause.id}/${part}` });
