/**
 * How long somebody without an account is known again: by their browser's cookie (web), or by a token of their own (api).
 * Neither is an account: after it ends they come back by a link and a code.
 */
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const visitLimits = {
  /** Since its last change, that a draft opens by itself to whoever began it. */
  draftIdleMs: 12 * hourMs,
  /** Since their last request, once they speak for an application that was sent in, or came back to. */
  sentIdleMs: 30 * minuteMs,
  /** However busy a token is. */
  tokenMs: 24 * hourMs,
} as const;

/** Told apart from a person's at sight, so that neither is ever tried as the other. */
const prefix = 'applicant-';
export const asApplicantToken = (secret: string): string => prefix + secret;
/** @returns the secret in it; null if it is no applicant's token */
export const readApplicantToken = (token: string): string | null => /^applicant-([\w-]{43})$/.exec(token)?.[1] ?? null;
