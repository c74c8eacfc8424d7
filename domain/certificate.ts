/**
 * Certificates of a card: a pair is signed, then confirmed by the keys themselves, then revoked or past.
 * Here is also when the holder is told to renew them.
 */

export const certificateStates = ['issued', 'confirmed', 'revoked'] as const;
export type CertificateState = (typeof certificateStates)[number];
export const certificateKinds = ['authentication', 'signing'] as const;
export type CertificateKind = (typeof certificateKinds)[number];

/** Of the reasons of RFC 5280, 5.3.1, those that happen here, in its own words. */
export const revocationReasons = ['keyCompromise', 'superseded', 'cessationOfOperation'] as const;
export type RevocationReason = (typeof revocationReasons)[number];

const dayMs = 86_400_000;

/** When a renewal may begin, and when its holder is reminded, in days before the end. Settings of a renewal, kept from when it began. */
export interface RenewalTerms {
  readonly windowDays: number;
  /** The greatest first. After the last, each day. */
  readonly remindDaysBefore: readonly number[];
  readonly remindEveryDays: number;
}
export const renewalTerms: RenewalTerms = { windowDays: 90, remindDaysBefore: [90, 30, 7, 1], remindEveryDays: 1 };

/** A certificate is good in the last moment it names (RFC 5280, 4.1.2.5). */
export const isExpired = (notAfter: Date, now: Date): boolean => now.getTime() > notAfter.getTime();

/**
 * The last moment, up to now, at which the holder was to be told; null before the first.
 * Reminders that were missed, because nothing ran, are not made up for one by one: the last of them stands for all.
 */
export function reminderDue(notAfter: Date, now: Date, terms: RenewalTerms = renewalTerms): Date | null {
  const last = terms.remindDaysBefore.at(-1) ?? 0;
  const daily = notAfter.getTime() - last * dayMs;
  if (now.getTime() >= daily) {
    const every = terms.remindEveryDays * dayMs;
    return new Date(daily + Math.floor((now.getTime() - daily) / every) * every);
  }
  const past = terms.remindDaysBefore.map((days) => notAfter.getTime() - days * dayMs).filter((at) => at <= now.getTime());
  return past.length === 0 ? null : new Date(Math.max(...past));
}

/** The first moment after now at which the holder is told. */
export function nextReminder(notAfter: Date, now: Date, terms: RenewalTerms = renewalTerms): Date {
  const coming = terms.remindDaysBefore.map((days) => notAfter.getTime() - days * dayMs).filter((at) => at > now.getTime());
  if (coming.length > 0) return new Date(Math.min(...coming));
  const due = reminderDue(notAfter, now, terms) ?? notAfter;
  return new Date(due.getTime() + terms.remindEveryDays * dayMs);
}
