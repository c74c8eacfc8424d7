/** Every letter's text, by its name. A name without a text does not compile. */
import type { MailTemplate } from '../../../domain/mail-template.ts';
import type { Facts, Written } from './facts.ts';
import { applicationCode } from './application-code.ts';
import { applicationDeclined } from './application-declined.ts';
import { applicationEnded } from './application-ended.ts';
import { applicationLink } from './application-link.ts';
import { applicationMoreAsked } from './application-more-asked.ts';
import { applicationReceived } from './application-received.ts';
import { applicationRefused } from './application-refused.ts';
import { applicationToCheck } from './application-to-check.ts';
import { applicationToExpect } from './application-to-expect.ts';
import { applicationWithdrawn } from './application-withdrawn.ts';
import { authenticatorAdded } from './authenticator-added.ts';
import { authenticatorLost } from './authenticator-lost.ts';
import { authenticatorRemoved } from './authenticator-removed.ts';
import { passwordChanged } from './password-changed.ts';
import { recoveryCodeUsed } from './recovery-code-used.ts';
import { recoveryCodesMade } from './recovery-codes-made.ts';
import { signInReported } from './sign-in-reported.ts';
import { signInReportedRa } from './sign-in-reported-ra.ts';
import { cardCancelled } from './card-cancelled.ts';
import { cardIssued } from './card-issued.ts';
import { cardRenewalBegun } from './card-renewal-begun.ts';
import { cardReportCode } from './card-report-code.ts';
import { cardReportedLost } from './card-reported-lost.ts';
import { cardUnlockBegun } from './card-unlock-begun.ts';
import { careIdCreated } from './care-id-created.ts';
import { caseEnded } from './case-ended.ts';
import { caseHandedOver } from './case-handed-over.ts';
import { caseReminder } from './case-reminder.ts';
import { connectionEnding } from './connection-ending.ts';
import { contactChanged } from './contact-changed.ts';
import { contactChangedBefore } from './contact-changed-before.ts';
import { enrolmentLink } from './enrolment-link.ts';
import { enrolmentOver } from './enrolment-over.ts';
import { enrolmentWitnessed } from './enrolment-witnessed.ts';
import { invitation } from './invitation.ts';
import { personClosed } from './person-closed.ts';
import { personReopened } from './person-reopened.ts';
import { personSuspended } from './person-suspended.ts';
import { positionNeeded } from './position-needed.ts';
import { positionRequestAnswered } from './position-request-answered.ts';
import { positionRequestApproved } from './position-request-approved.ts';
import { positionRequestApprovedYours } from './position-request-approved-yours.ts';
import { positionRequestEscalated } from './position-request-escalated.ts';
import { positionRequestExpired } from './position-request-expired.ts';
import { positionRequestRejected } from './position-request-rejected.ts';
import { positionRequestReminder } from './position-request-reminder.ts';
import { positionRequestSentBack } from './position-request-sent-back.ts';
import { positionRequestSponsorNamed } from './position-request-sponsor-named.ts';
import { positionRequestSubmitted } from './position-request-submitted.ts';
import { positionRequestWithdrawn } from './position-request-withdrawn.ts';
import { professionalMembershipChanged } from './professional-membership-changed.ts';
import { renewalDone } from './renewal-done.ts';
import { renewalDue } from './renewal-due.ts';
import { renewalExpired } from './renewal-expired.ts';

export const letters: Readonly<Record<MailTemplate, (facts: Facts) => Written>> = {
  invitation: invitation,
  'application-code': applicationCode,
  'application-received': applicationReceived,
  'application-to-expect': applicationToExpect,
  'application-to-check': applicationToCheck,
  'application-more-asked': applicationMoreAsked,
  'application-refused': applicationRefused,
  'application-withdrawn': applicationWithdrawn,
  'application-link': applicationLink,
  'application-declined': applicationDeclined,
  'application-ended': applicationEnded,
  'care-id-created': careIdCreated,
  'position-needed': positionNeeded,
  'position-request-submitted': positionRequestSubmitted,
  'position-request-answered': positionRequestAnswered,
  'position-request-reminder': positionRequestReminder,
  'position-request-escalated': positionRequestEscalated,
  'position-request-sponsor-named': positionRequestSponsorNamed,
  'position-request-sent-back': positionRequestSentBack,
  'position-request-approved': positionRequestApproved,
  'position-request-approved-yours': positionRequestApprovedYours,
  'position-request-rejected': positionRequestRejected,
  'position-request-withdrawn': positionRequestWithdrawn,
  'position-request-expired': positionRequestExpired,
  'card-issued': cardIssued,
  'card-report-code': cardReportCode,
  'card-reported-lost': cardReportedLost,
  'card-cancelled': cardCancelled,
  'card-unlock-begun': cardUnlockBegun,
  'card-renewal-begun': cardRenewalBegun,
  'renewal-due': renewalDue,
  'renewal-expired': renewalExpired,
  'renewal-done': renewalDone,
  'authenticator-added': authenticatorAdded,
  'authenticator-removed': authenticatorRemoved,
  'authenticator-lost': authenticatorLost,
  'password-changed': passwordChanged,
  'recovery-codes-made': recoveryCodesMade,
  'recovery-code-used': recoveryCodeUsed,
  'sign-in-reported': signInReported,
  'sign-in-reported-ra': signInReportedRa,
  'enrolment-link': enrolmentLink,
  'enrolment-witnessed': enrolmentWitnessed,
  'enrolment-over': enrolmentOver,
  'person-suspended': personSuspended,
  'person-closed': personClosed,
  'person-reopened': personReopened,
  'professional-membership-changed': professionalMembershipChanged,
  'contact-changed': contactChanged,
  'contact-changed-before': contactChangedBefore,
  'connection-ending': connectionEnding,
  'case-reminder': caseReminder,
  'case-handed-over': caseHandedOver,
  'case-ended': caseEnded,
};
