/** The applicant's journey (web/apply/): the same commands and queries, with a token that is begun by the first of them. */
import {
  answerContact,
  answerDateOfBirth,
  answerJob,
  answerName,
  answerNationalInsuranceNumber,
  start,
} from '../commands/application-draft.ts';
import {
  addDocument,
  addOwnPhotograph,
  addPhotographs,
  describeDocument,
  removeDocument,
  removePhotograph,
} from '../commands/application-evidence.ts';
import { beginVisit, leave, showWayIn } from '../commands/application-public.ts';
import { showDocument, showOwn, showOwnPhoto } from '../commands/application-reading.ts';
import { comeBack, confirmEmail, sendCode, sendLink, sendReturnCode, showReturn } from '../commands/application-return.ts';
import { addEvidence, answerAsked, submit, withdraw } from '../commands/application.ts';
import { endVisit, speakFor } from './applicant.ts';
import type { Route } from './edge.ts';

/** Before there is a token. */
export const visitRoutes: readonly Route[] = [{ path: '/apply/sessions', command: beginVisit }];

const own = '/apply/application';

export const applyRoutes: readonly Route[] = [
  { path: '/apply/invitations/:link', query: showWayIn },
  { path: '/apply/invitations/:link/application', command: start },
  { path: own, query: showOwn },
  { path: `${own}/name`, command: answerName },
  { path: `${own}/date-of-birth`, command: answerDateOfBirth },
  { path: `${own}/national-insurance-number`, command: answerNationalInsuranceNumber },
  { path: `${own}/contact`, command: answerContact },
  { path: `${own}/job`, command: answerJob },
  { path: `${own}/email-code`, command: sendCode },
  { path: `${own}/email-confirmation`, command: confirmEmail },
  { path: `${own}/documents`, command: addDocument },
  { path: `${own}/documents/:document`, query: showDocument },
  { path: `${own}/documents/:document/description`, command: describeDocument },
  { path: `${own}/documents/:document/photographs`, command: addPhotographs },
  { path: `${own}/documents/:document/photographs/:photo/removal`, command: removePhotograph },
  { path: `${own}/documents/:document/removal`, command: removeDocument },
  { path: `${own}/photograph`, command: addOwnPhotograph },
  { path: `${own}/photos/:photo`, photograph: showOwnPhoto },
  { path: `${own}/submission`, command: submit, after: speakFor },
  { path: `${own}/evidence`, command: addEvidence },
  { path: `${own}/answer`, command: answerAsked },
  { path: `${own}/withdrawal`, command: withdraw },
  { path: '/apply/return-links', command: sendLink },
  { path: '/apply/returns/:link', query: showReturn },
  { path: '/apply/returns/:link/email-code', command: sendReturnCode },
  { path: '/apply/returns/:link/email-confirmation', command: comeBack, after: speakFor },
  { path: '/apply/leave', command: leave, after: endVisit },
];
