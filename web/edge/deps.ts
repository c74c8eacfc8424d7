import type { Request } from 'express';
import type { Caller } from '../../commands/caller.ts';
import type { Deps } from '../../commands/deps.ts';
import type { Trials } from '../connection/trial.ts';
import type { Uploads } from '../../pages/upload.ts';

/** What is known of whoever sent a request. */
export interface Visitor {
  /** A person who is signed in, or an applicant: an id of this browser's own until it has an application's. */
  caller: Caller;
  /** What a page of ours carries, so that a form can be told from a forged one. */
  csrf: string;
}

export interface WebDeps extends Deps {
  /** Trials of connected systems: not where there is no sign-in of our own. */
  trials?: Trials;
  uploads: Uploads;
  visitorOf(req: Request): Visitor;
  /** @returns why a form is not one of ours, or that it comes from an ended session of the same person, or nothing */
  judgeForm(req: Request, csrf: unknown): 'ours' | 'session-ended' | 'forged';
  /** Keeps what was typed until the person has signed in again. @returns where to go */
  keepTyped(req: Request, action: string, fields: Record<string, unknown>): Promise<string>;
  /** From now on this browser speaks for an application that was sent in, in a session of its own. */
  becomeApplicant(req: Request, application: string): Promise<void>;
  /** This browser speaks for no application any more, and is taken for another from now on. */
  leaveApplication(req: Request): Promise<void>;
}
