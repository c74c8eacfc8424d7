/** What an ID checker sees of one check: its tasks, each task, and what it comes to. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { organisationsWith } from '../../db/actor.ts';
import { asApplication, nameOf } from '../../db/application/application.ts';
import { loadCheck, type LoadedCheck } from '../../db/identity-check/identity-check.ts';
import { countChecks } from '../../db/identity-check/identity-check-list.ts';
import { lastDecision } from '../../db/identity-check/identity-decision.ts';
import { getFailing } from '../../db/open-case/open-case.ts';
import { findPerson, fullName, namesOf } from '../../db/person/person.ts';
import { findPhoto, storedOf } from '../../db/application/photo.ts';
import { londonDay } from '../../domain/days.ts';
import { hasPhotograph, kindOf, provesAddress } from '../../domain/document-type.ts';
import { ageInWords } from '../../domain/evidence.ts';
import { type CandidateKey, keptAnswer } from '../../domain/identity-check/answers.ts';
import { type Check, faceMethodsFor, found, read, standingOf } from '../../domain/identity-check/check.ts';
import { type IdentityCheckSettings, outcomeOf } from '../../domain/identity-check/outcome.ts';
import { sideBySide } from '../../domain/identity-check/side-by-side.ts';
import { nextTask, tasksOf } from '../../domain/identity-check/tasks.ts';
import { isFree, isHeldBy, isTaken, opensBy } from '../../domain/identity-check.ts';
import { rolesWith } from '../../domain/permission.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { query } from '../query.ts';
import { find, type FoundCheck, params } from './fields.ts';

const noInput = z.object({});
const whereChecking = (em: EntityManager, person: string) => organisationsWith(em, person, rolesWith('identity-check.take'));

/**
 * The check with its tasks, for whoever has it and said that they do not know the person. Others who may see checks learn who it is
 * about and who has it, and nothing of the evidence: so do all queries below.
 */
export const showIdentityCheck = query({
  name: 'identity-check.show',
  permission: 'identity-check.read',
  params,
  input: noInput,
  find,
  run: async ({ em, caller, subject, identityCheck }) => {
    const check = await loadCheck(em, subject.row, caller.id);
    return opened(em, subject, check, () => checkView(check, identityCheck));
  },
});
export type IdentityCheckView = Awaited<ReturnType<typeof showIdentityCheck.perform>>;

/** Who it is about, who has it, and what may be done with it. */
async function headOf(em: EntityManager, { row, organisationName }: FoundCheck, { mine, checker }: LoadedCheck) {
  const now = new Date();
  const lease = { state: row.state, leasedBy: row.leasedBy ?? null, leasedUntil: row.leasedUntil ?? null };
  const names = await namesOf(em, lease.leasedBy ? [lease.leasedBy] : []);
  const isMine = isHeldBy(lease, checker);
  return {
    ...asApplication(row),
    organisationName,
    reference: row.reference,
    name: nameOf(row),
    job: row.job ?? null,
    photo: row.photo ?? null,
    submittedAt: row.submittedAt ?? null,
    isMine,
    isFree: isFree(lease, now),
    leasedUntil: row.leasedUntil ?? null,
    takenByName: isTaken(lease, now) && lease.leasedBy ? (names[lease.leasedBy] ?? null) : null,
    declaration: mine?.declaration ?? null,
  };
}

type Head = Awaited<ReturnType<typeof headOf>>;
const isTheirs = ({ row: { state, leasedBy, leasedUntil }, checker }: LoadedCheck) =>
  isHeldBy({ state, leasedBy: leasedBy ?? null, leasedUntil: leasedUntil ?? null }, checker);
/** Until then nothing more is shown: the tasks are for whoever has it and said that they do not know the person. */
const isOpen = (check: LoadedCheck) => isTheirs(check) && check.mine?.declaration === 'unrelated';

/** What is shown of a check that is open to its reader; of any other, its head. */
async function opened<T extends object>(
  em: EntityManager,
  subject: FoundCheck,
  check: LoadedCheck,
  view: (head: Head) => T | Promise<T>,
): Promise<(Head & { isOpen: false; opensBy: ReturnType<typeof opensBy> }) | (Head & { isOpen: true } & T)> {
  const head = await headOf(em, subject, check);
  if (isOpen(check)) return { ...head, isOpen: true, ...(await view(head)) };
  return { ...head, isOpen: false, opensBy: opensBy({ isHeld: isTheirs(check), declared: head.declaration }) };
}

function checkView(check: LoadedCheck, settings: IdentityCheckSettings) {
  const { row } = check;
  const tasks = tasksOf(check);
  const { dateOfBirth, nationalInsuranceNumber, noNumberReason, email, mobile } = row;
  return {
    tasks,
    next: nextTask(tasks)?.path ?? 'outcome',
    person: {
      dateOfBirth: dateOfBirth ?? null,
      nationalInsuranceNumber: nationalInsuranceNumber ?? null,
      noNumberReason: noNumberReason ?? null,
      email: email ?? null,
      mobile: mobile ?? null,
    },
    documents: documentsView(check, settings),
    candidates: check.alike.map(({ person, reasons }) => ({
      key: person.key,
      kind: person.kind,
      id: person.id,
      name: person.name,
      organisationName: person.organisationName,
      reasons,
      standing: standingOf(check, 'duplicate', person.key),
      answer: found(check, 'duplicate', person.key),
    })),
    answers: {
      face: keptAnswer(check.answers, 'face')?.answer ?? null,
      address: keptAnswer(check.answers, 'address')?.answer ?? null,
      activity: keptAnswer(check.answers, 'activity')?.answer ?? null,
    },
  };
}

function documentsView(check: Check, { ages }: IdentityCheckSettings) {
  const today = londonDay(new Date());
  return read(check).map(({ found: looked, ...document }) => ({
    ...document,
    kind: kindOf(document.type),
    isPhoto: hasPhotograph(document.type),
    isAddress: provesAddress(document.type),
    age: ageInWords(document, today, ages),
    found: looked,
    faceMethods: faceMethodsFor(looked),
    standing: standingOf(check, 'document', document.id),
  }));
}

/** One document with its photographs, and what was found of it, by whomever. */
export const showCheckedDocument = query({
  name: 'identity-check.document',
  permission: 'identity-check.read',
  params: params.extend({ document: z.uuid() }),
  input: noInput,
  async find(em, { id, document }) {
    return { ...(await find(em, { id })), document };
  },
  async run({ em, caller, subject, identityCheck }) {
    const check = await loadCheck(em, subject.row, caller.id);
    const document = documentsView(check, identityCheck).find(({ id }) => id === subject.document);
    const sent = check.documents.find(({ id }) => id === subject.document);
    if (!document || !sent) throw nothingHere();
    return opened(em, subject, check, async () => {
      const kept = keptAnswer(check.answers, 'document', subject.document);
      const names = await namesOf(em, kept ? [kept.by] : []);
      return {
        person: checkView(check, identityCheck).person,
        document,
        trained: check.trained,
        /** What the applicant wrote. */
        written: { issuer: sent.issuer },
        kept: kept && { ...kept.answer, standing: document.standing, byName: names[kept.by] ?? null, at: kept.at },
      };
    });
  },
});

/** An applicant and somebody they may be, side by side. Numbers and addresses of the other are masked: the same or not is what matters. */
export const showDuplicate = query({
  name: 'identity-check.duplicate',
  permission: 'identity-check.read',
  params: params.extend({ kind: z.enum(['person', 'application']), other: z.uuid() }),
  input: noInput,
  async find(em, { id, kind, other }) {
    return { ...(await find(em, { id })), candidate: `${kind}/${other}` satisfies CandidateKey };
  },
  async run({ em, caller, subject, identityCheck }) {
    const check = await loadCheck(em, subject.row, caller.id);
    const alike = check.alike.find(({ person }) => person.key === subject.candidate);
    return opened(em, subject, check, (head) => {
      if (!alike) throw nothingHere();
      const kept = keptAnswer(check.answers, 'duplicate', subject.candidate);
      const { key, kind, id, photo } = alike.person;
      const { person } = checkView(check, identityCheck);
      return {
        reasons: alike.reasons,
        record: { key, kind, id, hasPhoto: photo !== null },
        lines: sideBySide({ ...person, ...head }, alike.person),
        kept: kept && { answer: kept.answer, standing: standingOf(check, 'duplicate', subject.candidate) },
      };
    });
  },
});

/** Whom the fraud sources were asked about, what they said so far, and whether one of them is away. */
export const showFraud = query({
  name: 'identity-check.fraud',
  permission: 'identity-check.read',
  params,
  input: noInput,
  find,
  async run({ em, caller, subject }) {
    const check = await loadCheck(em, subject.row, caller.id);
    const failing = await getFailing(em, { kind: 'identity-proofing', id: subject.id, what: 'askFraudSources' });
    const task = tasksOf(check).find(({ kind }) => kind === 'fraud');
    const documents = read(check).map(({ id, type, number }) => ({ id, words: kindOf(type).words, number }));
    return opened(em, subject, check, () => ({ asked: check.fraud, task, documents, failing }));
  },
});

/** What the check comes to, computed anew each time it is asked. */
export const showOutcome = query({
  name: 'identity-check.outcome',
  permission: 'identity-check.read',
  params,
  input: noInput,
  find,
  async run({ em, caller, subject, identityCheck }) {
    const check = await loadCheck(em, subject.row, caller.id);
    const outcome = outcomeOf(check, identityCheck, londonDay(new Date()));
    const same = check.alike.find(({ person }) => person.key === outcome.duplicateOf)?.person ?? null;
    return opened(em, subject, check, () => ({
      ...checkView(check, identityCheck),
      outcome,
      sameAs: same && { kind: same.kind, id: same.id, reference: same.reference, organisationName: same.organisationName, name: same.name },
    }));
  },
});

/** What was decided last, and what came of it. */
export const showDecided = query({
  name: 'identity-check.decided',
  permission: 'identity-check.read',
  params,
  input: noInput,
  find,
  async run({ em, caller, subject: { row, organisationName } }) {
    const decision = await lastDecision(em, row.id);
    if (!decision) throw nothingHere();
    const person = row.state === 'verified' && row.person ? await findPerson(em, row.person) : null;
    const { decision: decided, reason, words, asks, profile, confidence, nhsPassed, level, decidedAt } = decision;
    return {
      ...asApplication(row),
      organisationName,
      reference: row.reference,
      name: nameOf(row),
      checker: decision.checker,
      checkerName: (await namesOf(em, [decision.checker]))[decision.checker] ?? null,
      decision: decided,
      reason: reason ?? null,
      words: words ?? null,
      asks,
      decidedAt: decidedAt ?? null,
      profile: profile ?? null,
      confidence: confidence ?? null,
      nhsPassed: nhsPassed ?? null,
      level: level ?? null,
      /** How many wait that nobody has: whether there is a next one. */
      waiting: (await countChecks(em, { me: await findPerson(em, caller.id), organisations: await whereChecking(em, caller.id), limit: 0 }))
        .free,
      care: person && { person: person.id, careId: person.careId, name: fullName(person) },
    };
  },
});

/** A photograph of the application, to whoever has its check: that of the person before they say whether they know them, the others after. */
export const showEvidencePhoto = query({
  name: 'identity-check.photo',
  permission: 'identity-check.read',
  params: params.extend({ photo: z.uuid() }),
  input: noInput,
  async find(em, { id, photo }) {
    const found = await find(em, { id });
    const row = await findPhoto(em, photo);
    if (row.application !== id) throw nothingHere();
    return { ...found, photo: row };
  },
  async run({ em, caller, subject: { row, photo }, photos }) {
    const check = await loadCheck(em, row, caller.id);
    if (!isOpen(check) && !(isTheirs(check) && photo.id === row.photo)) throw nothingHere();
    return Buffer.from(await photos.read(photo.id, storedOf(photo)));
  },
});

/** The photograph of somebody an applicant may be: only while they are a possible duplicate. */
export const showCandidatePhoto = query({
  name: 'identity-check.candidate-photo',
  permission: 'identity-check.read',
  params: params.extend({ kind: z.enum(['person', 'application']), other: z.uuid() }),
  input: noInput,
  async find(em, { id, kind, other }) {
    return { ...(await find(em, { id })), candidate: `${kind}/${other}` };
  },
  async run({ em, caller, subject, photos }) {
    const check = await loadCheck(em, subject.row, caller.id);
    const photo = check.alike.find(({ person }) => person.key === subject.candidate)?.person.photo;
    if (!photo || !isOpen(check)) throw nothingHere();
    return Buffer.from(await photos.read(photo, storedOf(await findPhoto(em, photo))));
  },
});
