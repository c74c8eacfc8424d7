/** What a letter's text may say. Nobody but the reader is named in it: a letter may be read by others. */
import type { Hidden } from '../../../db/mail/mail.ts';
import { dayInWords, instantInWords, londonDay } from '../../../domain/days.ts';

export interface Written {
  subject: string;
  text: string;
}

export interface Facts {
  /** The organisation's name. */
  organisation: string;
  /** Ids and dates of its cause. */
  data: Readonly<Record<string, string>>;
  /** Six digits, or empty. */
  code: string;
  /** The whole address of a link below a path, or empty without one. It opens nothing by itself. */
  linkTo: (path: string) => string;
  /** The whole address of a page of the back office, which asks for a sign-in. */
  pageAt: (path: string) => string;
  /** The name of the position it is about, or empty. */
  position: string;
  /** The whole address of a page that opens nothing by itself, or empty. */
  page: string;
  /** How to reach the Registration Authority, on a line of its own, or empty. */
  ra: string;
  /** Where to go for what waits: in words, without a link that signs in. */
  tasks: string;
  /** ` on 27 February 2025`, or nothing without that date. */
  on: (date: string) => string;
  /** ` until 27 February 2025 at 09:12`, or nothing without that moment. */
  until: (moment: string) => string;
  /** ` 27 February 2025`, or a word for a day that is not known. */
  day: (date: string) => string;
}

export interface Known {
  organisation: string;
  raContact: string | null;
  data: Readonly<Record<string, string>>;
  hidden: Hidden;
  webUrl: string;
  position?: string | undefined;
}

export function factsOf({ organisation, raContact, data, hidden, webUrl, position = '' }: Known): Facts {
  const dated = (key: string, words: (at: Date) => string) => {
    const at = new Date(data[key] ?? '');
    return Number.isNaN(at.getTime()) ? '' : words(at);
  };
  return {
    organisation,
    data,
    code: hidden.code ?? '',
    linkTo: (path) => (hidden.link ? new URL(`${path}/${encodeURIComponent(hidden.link)}`, webUrl).href : ''),
    pageAt: (path) => new URL(path, webUrl).href,
    position,
    page: hidden.page ?? '',
    ra: raContact ? `\nYour Registration Authority: ${raContact}` : '',
    tasks: `\nSign in to the Care Identity Service as you usually do: it is among your tasks.`,
    on: (date) => dated(date, (at) => ` on ${dayInWords(londonDay(at))}`),
    until: (moment) => dated(moment, (at) => ` until ${instantInWords(at)}`),
    day: (date) => dated(date, (at) => ` ${dayInWords(londonDay(at))}`) || ' the day shown on your page',
  };
}

/** For letters about an application: where its applicant sees how it stands. */
export const wayBack = (link: string): string =>
  link ? `\nTo see where it stands: ${link}\nThe link alone opens nothing: you are sent a code first.` : '';

/** The whole letter: whom it is to, what it says, whom it is from. */
export const wholeText = (name: string, text: string): string =>
  `${name ? `Dear ${name},` : 'Hello,'}\n\n${text.trim()}\n\nCare Identity Service\nNobody reads answers to this message.\n`;
