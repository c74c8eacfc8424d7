/** A holder without a card, day or night, who cannot sign in: a code to the address we have stands for them. */
import { z } from 'zod';
import { findCardReport, recordCardReport, recordReportTry } from '../db/smartcard/card-report.ts';
import { once } from '../db/idempotency.ts';
import { recordMail } from '../db/mail/mail.ts';
import { raContactOf } from '../db/organisation/organisation-contact.ts';
import { recordSmartcardStep } from '../db/smartcard/smartcard-step.ts';
import { findSmartcard } from '../db/smartcard/smartcard.ts';
import { isDay } from '../domain/days.ts';
import { emailCodeProblem, readEmailCode, wrongCodeWords } from '../domain/email-code.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Asking, causeOf, command, uuidFrom } from './command.ts';
import { query } from './query.ts';

/** About no organisation: nobody is known yet. */
const nowhere = { organisation: '' };

export const beginCardReport = query({
  name: 'card-report.begin',
  permission: 'page.public',
  params: z.object({}),
  input: z.object({}),
  find: () => Promise.resolve(nowhere),
  run: () => Promise.resolve({}),
});

/** Asks for a code. The answer is the same whether such a person is known or not. */
export const askReportCode = command({
  name: 'card-report.ask-code',
  permission: 'page.public',
  params: z.object({}),
  input: z
    .object({
      careId: z
        .string('Enter your Care ID, the 12 numbers you sign in as')
        .transform((typed) => typed.replace(/[\s-]/g, ''))
        .pipe(z.string().regex(/^\d{12}$/, 'Care ID must be 12 numbers, such as 5550 0000 0001')),
      dateOfBirth: z.string().refine(isDay, 'Enter your date of birth, such as 17 5 1990'),
    })
    .strict(),
  find: () => Promise.resolve(nowhere),
  async run({ input: claimed, em, caller, key, sealingKey, ...asking }) {
    const id = uuidFrom(key);
    const cause = causeOf('card-report.ask-code', { ...asking, caller, key }, null);
    const report = { id, browser: caller.id, claimed, key: sealingKey };
    const answer = await once(em, key, async (tx) => {
      await recordCardReport(tx, cause, report);
      return { id };
    });
    return { is: 'saved', answer };
  },
});

const params = z.object({ id: z.uuid() });

export const showCardReport = query({
  name: 'card-report.show',
  permission: 'page.public',
  params,
  input: z.object({}),
  find: async (em, { id }, caller) => ({ ...nowhere, row: await findCardReport(em, id, caller.id) }),
  async run({ em, subject: { row } }) {
    const isDone = Boolean(row.usedAt);
    const raContact = isDone && row.smartcard ? await raContactOf(em, (await findSmartcard(em, row.smartcard)).organisation) : null;
    return { id: row.id, expiresAt: row.expiresAt, isDone, raContact };
  },
});

/** The code came back: the card is over in that moment. A wrong try is saved before it is answered. */
export const reportByCode = command({
  name: 'card-report.report',
  permission: 'page.public',
  params,
  input: z
    .object({
      code: z
        .string('Enter the code from the e-mail')
        .transform((typed) => readEmailCode(typed) ?? '')
        .pipe(z.string().length(6, emailCodeProblem)),
      what: z.enum(['lost', 'stolen'], 'Select whether your smartcard is lost or stolen'),
    })
    .strict(),
  find: async (em, { id }, caller) => ({ ...nowhere, id: (await findCardReport(em, id, caller.id)).id }),
  async run({ input: { what, code }, ...asking }) {
    const { em, key } = asking;
    const answer = await once(em, key, (tx) => tryAndReport(tx, asking, { what, code }));
    if ('triesLeft' in answer) throw new Refusal('INVALID', wrongCodeWords(answer.triesLeft), { code: '' });
    return { is: 'saved', answer };
  },
});

type Tried = { id: string } | { triesLeft: number };

async function tryAndReport(
  em: Asking<unknown, unknown>['em'],
  asking: Omit<Asking<unknown, { id: string }>, 'input'>,
  { what, code }: { what: 'lost' | 'stolen'; code: string },
): Promise<Tried> {
  const { subject, caller, sealingKey } = asking;
  const cause = causeOf(`smartcard.report-${what}`, asking, null);
  const tried = await recordReportTry(em, sealingKey, { id: subject.id, browser: caller.id, code, at: cause.at });
  if (!tried.right) return { triesLeft: tried.triesLeft };
  const { person, smartcard } = tried.row;
  if (!person || !smartcard) throw new Error('A report about nobody has no right code');
  const card = await findSmartcard(em, smartcard);
  const holder = { ...cause, who: person };
  await recordSmartcardStep(em, holder, `report-${what}`, card, { by: 'code' });
  const about = { kind: 'smartcard', id: smartcard };
  const letter = {
    to: { kind: 'person' as const, id: person },
    template: 'card-reported-lost' as const,
    about,
    organisation: card.organisation,
  };
  await recordMail(em, letter, holder);
  return { id: subject.id };
}
