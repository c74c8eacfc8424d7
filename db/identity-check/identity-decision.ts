/**
 * What ID checkers decide. Written before the workflow is asked, so that Temporal carries its id and no words;
 * what the rules made of the check is added in the transaction that commits it.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import type { CandidateKey } from '../../domain/identity-check/answers.ts';
import type { Ask, Decision, Outcome } from '../../domain/identity-check/outcome.ts';
import type { ConfidenceLevel } from '../../domain/gpg45/profiles.ts';
import type { ScoredItem } from '../../domain/gpg45/validity.ts';
import { nothingHere } from '../../domain/refusal.ts';
import type { Cause } from '../audit.ts';
import { DocumentRow } from '../application/evidence.ts';

const schema = defineEntity({
  name: 'IdentityDecisionRow',
  tableName: 'identity_decision',
  properties: {
    id: p.uuid().primary(),
    application: p.uuid(),
    organisation: p.string(),
    checker: p.uuid(),
    decision: p.string().$type<Decision>(),
    /** A code of the reasons of a refusal. */
    reason: p.string().nullable(),
    words: p.text().nullable(),
    asks: p.array().$type<Ask[]>(),
    duplicateOf: p.string().$type<CandidateKey>().nullable(),
    madeAt: p.datetime(),
    /** Null until it was committed; it may never be. */
    decidedAt: p.datetime().nullable(),
    profile: p.string().nullable(),
    confidence: p.string().$type<ConfidenceLevel>().nullable(),
    nhsPassed: p.boolean().nullable(),
    /** Identity assurance level, 0 to 3. */
    level: p.integer().nullable(),
    scores: p.json().nullable(),
  },
});

export class IdentityDecisionRow extends schema.class {}
schema.setClass(IdentityDecisionRow);

export interface Drafted {
  id: string;
  application: string;
  organisation: string;
  checker: string;
  decision: Decision;
  reason: string | null;
  words: string | null;
  asks: Ask[];
}

/** Before the change that speaks of it. Sent again with the same id, the first stays. */
export async function recordDraftedDecision(em: EntityManager, drafted: Drafted): Promise<void> {
  await em
    .createQueryBuilder(IdentityDecisionRow)
    .insert({ ...drafted, madeAt: new Date(), scores: null })
    .onConflict('id')
    .ignore()
    .execute('run');
}

/** @throws {Refusal} NOT_FOUND */
export async function findDecision(em: EntityManager, id: string): Promise<IdentityDecisionRow> {
  const row = await em.findOne(IdentityDecisionRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** The last that was committed of an application. */
export const lastDecision = (em: EntityManager, application: string): Promise<IdentityDecisionRow | null> =>
  em.findOne(IdentityDecisionRow, { application, decidedAt: { $ne: null } }, { orderBy: { decidedAt: -1, id: -1 }, refresh: true });

/** Commits it, with what the rules made of the check: beside each other, the GPG 45 profile and the NHS check. */
export async function recordDecided(em: EntityManager, { id }: IdentityDecisionRow, outcome: Outcome, cause: Cause): Promise<void> {
  const { gpg45, nhs, level, duplicateOf } = outcome;
  const scores = {
    items: gpg45.items.map(({ id: document, strength, validity }) => ({ document, strength, validity })),
    activity: gpg45.activity,
    fraud: gpg45.fraud,
    verification: gpg45.verification,
    used: gpg45.used,
    nhsUsed: nhs.used,
  };
  const decided = {
    decidedAt: cause.at,
    profile: gpg45.profile,
    confidence: gpg45.level,
    nhsPassed: nhs.passed,
    level,
    duplicateOf,
    scores,
  };
  await em.nativeUpdate(IdentityDecisionRow, { id }, decided);
}

/** What became of each document, by its id: kept when its photographs are deleted. */
export async function recordDocumentOutcomes(em: EntityManager, application: string, items: readonly ScoredItem[]): Promise<void> {
  for (const { id, voids } of items) {
    await em.nativeUpdate(DocumentRow, { id, application }, { outcome: voids.length === 0 ? 'counted' : voids.join(' ') });
  }
}
