/** What the audit says of a case, as people say it. What has no words here is not said: nobody reads codes and ids. */
import type { Told } from '../../db/open-case/open-case-board.ts';
import { documentTypes } from '../../domain/document-type.ts';
import { doing, endingReasons, failureWords } from '../../domain/open-case.ts';

const events: Readonly<Record<string, string>> = {
  'application.start': 'An application was begun',
  'application.send-code': 'A code was sent by e-mail',
  'application.use-code': 'The code from the e-mail was entered',
  'application.try-code': 'A wrong code was entered',
  'application.answer': 'A question was answered',
  'application.add-document': 'A document was added',
  'application.remove-document': 'A document was taken away',
  'application.photograph': 'A photograph was taken',
  'application.submit': 'The application was sent in',
  'application.add-evidence': 'What was asked for was added',
  'application.expect': 'The organisation expects this person',
  'application.decline': 'The organisation does not expect this person',
  'application.take': 'An ID checker took on the check',
  'application.release': 'The check was given back',
  'application.hand-over': 'The check was handed to somebody else',
  'application.declare': 'The checker said that they may check this person',
  'application.check-task': 'A part of the check was done',
  'application.fraud-answer': 'A fraud source answered',
  'application.ask-more': 'The applicant was asked for more',
  'application.resume': 'The check goes on without what was asked for',
  'application.verify': 'The identity was confirmed',
  'application.refuse': 'The identity was not confirmed',
  'application.withdraw': 'The applicant withdrew',
  'application.abandon': 'It was ended, because nobody went on with it',
  'application.remind': 'A reminder was sent',
  'person.create': 'The Care ID was made',
  'position-request.submit': 'A position was asked for',
  'position-request.claim': 'A sponsor took it on',
  'position-request.approve': 'A sponsor approved it',
  'position-request.reject': 'A sponsor rejected it',
  'position-request.send-back': 'A sponsor sent it back with a question',
  'position-request.resubmit': 'The question was answered',
  'position-request.withdraw': 'The request was withdrawn',
  'position-request.expire': 'It expired: nobody decided it in time',
  'position-request.end': 'The request was ended',
  'position-request.remind': 'A reminder was sent',
  'position-request.escalate': 'The RA manager was told',
  'position-request.name-sponsor': 'A sponsor was named',
  'card-issue.start': 'A smartcard was begun',
  'card-issue.print': 'A printer was chosen',
  'card-issue.printed': 'The card is printed, and waits to be put in a reader',
  'card-issue.print-failed': 'The card was not printed: a printer has to be chosen again',
  'card-issue.print-unknown': 'Somebody has to say whether the card was printed',
  'card-issue.say-printed': 'The agent said that the card was printed',
  'card-issue.say-not-printed': 'The agent said that the card was not printed',
  'card-issue.prepare': 'The card was put in a reader',
  'card-issue.set-up': 'The card was set up',
  'card-issue.make-keys': 'The card made its keys',
  'card-issue.write': 'The certificates were written to the card',
  'card-issue.recognise': 'The agent recognised the card holder',
  'card-issue.set-passcode': 'The card holder chose a passcode: the card is active',
  'card-issue.discard': 'The card was put aside, and another is taken',
  'card-issue.give-up': 'The smartcard was given up',
  'card-issue.hand-over': 'It was handed to somebody else',
  'card-issue.remind': 'A reminder was sent',
  'card-issue.end': 'The smartcard was ended',
  'card-order.make': 'The card was asked for its next step',
  'smartcard.prepare': 'The secrets of the card were made',
  'smartcard.issue': 'The card became active',
  'smartcard.replace': 'The card before was replaced',
  'smartcard.discard': 'The card was cancelled',
  'certificate.issue': 'A certificate was made',
  'certificate.confirm': 'A certificate is in use',
  'certificate.revoke': 'A certificate was revoked',
  'renewal.open': 'The renewal was opened',
  'renewal.make-keys': 'The card made new keys',
  'renewal.write': 'The new certificates were written to the card',
  'renewal.confirm': 'The card works with its new certificates',
  'renewal.confirm-by-sign-in': 'The card signed in with its new certificates',
  'renewal.ordered-by-another': 'An agent began the renewal',
  'renewal.remind': 'A reminder was sent',
  'renewal.end': 'The renewal was ended',
  'enrolment.ask': 'A registration by a link was asked for',
  'enrolment.send': 'The link was sent',
  'enrolment.register': 'An authenticator was registered with the link',
  'enrolment.confirm': 'The registration was confirmed',
  'enrolment.withdraw': 'The registration was withdrawn',
  'enrolment.expire': 'The link expired',
  'enrolment.fail': 'The registration failed',
  'enrolment.remind': 'A reminder was sent',
  'enrolment.end': 'The registration was ended',
  'enrolment-link.make': 'The link was made',
  'enrolment-link.use': 'The link was used',
  'authenticator.add': 'An authenticator was registered',
  'authenticator.confirm': 'An authenticator was confirmed',
  'authenticator.remove': 'An authenticator was removed',
  'mail.sent': 'A letter was sent',
  'mail.failed': 'A letter could not be delivered',
  'print-job.queue': 'The card waits to be printed',
  'print-job.creating': 'The printer is asked to print',
  'print-job.sending': 'The card goes to the printer',
  'print-job.printing': 'The printer has the card',
  'print-job.printed': 'The card was printed',
  'print-job.failed': 'The printer did not print the card',
  'print-job.unknown': 'Nobody knows whether the card was printed',
  'open-case.begin-again': 'Nothing ran for the case: it was begun again where it stood',
  'open-case.retry': 'A manager had it tried again',
  'open-case.ask-end': 'A manager asked for the case to be ended',
  'open-case.agree-end': 'A second manager agreed to end it',
  'open-case.withdraw-end': 'The wish to end it was withdrawn',
  'open-case.end': 'The case was ended by a manager',
};

const sentenceOf = (what: string): string => {
  const [subject = '', verb = ''] = what.split('.').map((part) => part.replaceAll('-', ' '));
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)}: ${verb}`;
};

type Names = Readonly<Record<string, string>>;
/** Names of the people whose ids these are; an id without a name is left out. */
const people = (ids: string, names: Names) => ids.split(' ').flatMap((id) => names[id] ?? []).join(', '); // prettier-ignore
const asItIs = (value: string) => value;
const spoken = (code: string) => code.replaceAll('-', ' ');
const looked = (table: Readonly<Record<string, string>>) => (code: string) => table[code] ?? spoken(code);
const atMostOnce = (words: readonly string[]) => [...new Set(words)].join(', ');

/** What is said of a record's details, and in which words. */
const details: Readonly<Record<string, { key: string; value: (value: string, names: Names) => string }>> = {
  person: { key: 'For', value: people },
  assignee: { key: 'Given to', value: people },
  to: { key: 'To', value: people },
  told: { key: 'Told', value: people },
  sponsor: { key: 'Sponsor', value: people },
  witness: { key: 'Confirmed by', value: people },
  askedBy: { key: 'Asked by', value: people },
  agreedBy: { key: 'Agreed by', value: people },
  checkedBy: { key: 'Checked by', value: people },
  serial: { key: 'Card', value: asItIs },
  reason: { key: 'Why', value: looked(endingReasons) },
  words: { key: 'In words', value: asItIs },
  template: { key: 'Letter', value: spoken },
  type: {
    key: 'Document',
    value: (type) => (type in documentTypes ? documentTypes[type as keyof typeof documentTypes].words : spoken(type)),
  },
  source: { key: 'Source', value: spoken },
  task: { key: 'Part', value: spoken },
  error: { key: 'What went wrong', value: failureWords },
  activities: { key: 'Tried again', value: (types) => atMostOnce(types.split(' ').filter(Boolean).map(doing)) },
  letters: { key: 'Letters sent again', value: (n) => (n === '0' ? '' : n) },
};

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One line of the story. */
export function told({ at, what, who, via, detail }: Told, names: Names) {
  const said = Object.entries(detail)
    .map(([key, value]) => ({ key: details[key]?.key ?? '', value: details[key]?.value(String(value), names) ?? '' }))
    .filter(({ value }) => value !== '' && !id.test(value));
  return { at, what: events[what] ?? sentenceOf(what), who: names[who] ?? (who === 'system' ? 'The service' : 'The applicant'), via, said };
}
