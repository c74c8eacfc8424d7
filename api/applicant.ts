/** Whom an applicant's bearer token speaks for: they have no account, so it is one of ours, as a browser's session is in web. */
import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Request } from 'express';
import type { Caller } from '../commands/caller.ts';
import { liveVisit, recordSpeaksFor, recordVisitEnded } from '../db/application/applicant-visit.ts';
import { readApplicantToken } from '../domain/applicant-visit.ts';
import { type After, type ApiDeps, tokenIn, Unauthorised } from './edge.ts';

type CallerOf = ApiDeps['callerOf'];

const secretIn = (req: Request): string => {
  const secret = readApplicantToken(tokenIn(req));
  if (!secret) throw new Unauthorised();
  return secret;
};

const applicant = (req: Request, known: Pick<Caller, 'id' | 'visitor'>): Caller => ({
  kind: 'applicant',
  ...known,
  ...(req.ip && { address: req.ip }),
  via: 'api',
  authenticatedAt: null,
});

/** A draft is the visitor's; what was sent in, or come back to, its own. */
export const applicantOf =
  (orm: MikroORM): CallerOf =>
  async (req) => {
    const visit = await liveVisit(orm.em.fork(), secretIn(req), new Date());
    if (!visit) throw new Unauthorised();
    return applicant(req, { id: visit.application ?? visit.visitor, visitor: visit.visitor });
  };

/** Who asks for a token has none. */
export const anybody: CallerOf = async (req) => applicant(req, { id: randomUUID() });

export const speakFor: After = ({ orm }, req, answer) =>
  recordSpeaksFor(orm.em.fork(), secretIn(req), (answer as { id: string }).id, new Date());

export const endVisit: After = ({ orm }, req) => recordVisitEnded(orm.em.fork(), secretIn(req));
