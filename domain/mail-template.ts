/**
 * The letters this service writes. A name here has a text in workers/jobs/mail/<name>.ts, which the compiler asks for.
 * No letter holds a link that signs in: it says where to go, and there a fresh proof is asked.
 */
export const mailTemplates = [
  'invitation',
  'application-code',
  'application-received',
  'application-more-asked',
  'application-refused',
  'application-withdrawn',
  'application-link',
  'application-declined',
  'application-ended',
  'care-id-created',
  'position-request-submitted',
  'position-request-answered',
  'position-request-reminder',
  'position-request-escalated',
  'position-request-sponsor-named',
  'position-request-sent-back',
  'position-request-approved',
  'position-request-rejected',
  'position-request-withdrawn',
  'position-request-expired',
  'card-issued',
  'card-report-code',
  'card-reported-lost',
  'card-cancelled',
  'card-unlock-begun',
  'card-renewal-begun',
  'renewal-due',
  'renewal-expired',
  'renewal-done',
  'authenticator-added',
  'authenticator-removed',
  'enrolment-link',
  'enrolment-witnessed',
  'enrolment-over',
  'person-suspended',
  'person-closed',
  'person-reopened',
  'contact-changed',
  'contact-changed-before',
  'connection-ending',
  'case-reminder',
  'case-handed-over',
  'case-ended',
] as const;
export type MailTemplate = (typeof mailTemplates)[number];

/** Whose address is read when the letter is sent. */
export const recipientKinds = ['person', 'application', 'invitation', 'client'] as const;
export type RecipientKind = (typeof recipientKinds)[number];
