/** A day in three boxes, as NHS.UK pages ask for one. */
import { dayOf, monthNumber } from '../../domain/days.ts';

type Fields = Record<string, unknown>;

/**
 * Puts a day such as 2027-02-25 in the place of its boxes `<name>-day`, `-month` and `-year`; nothing if all are empty.
 * What is no day becomes text that no schema takes for one.
 */
export function joinDays(fields: Fields, names: readonly string[]): Fields {
  const boxes = new Set(names.flatMap((name) => ['day', 'month', 'year'].map((box) => `${name}-${box}`)));
  const rest = Object.fromEntries(Object.entries(fields).filter(([field]) => !boxes.has(field)));
  const days = names.flatMap((name) => {
    const typed = ['day', 'month', 'year'].map((box) => textIn(fields[`${name}-${box}`]));
    return typed.every((text) => text === '') ? [] : [[name, dayIn(typed)] as const];
  });
  return { ...rest, ...Object.fromEntries(days) };
}

function dayIn([dayText = '', monthText = '', yearText = '']: readonly string[]): string {
  const month = monthNumber(monthText);
  const isWritten = /^\d{1,2}$/.test(dayText) && /^\d{4}$/.test(yearText) && month !== null;
  return (isWritten && dayOf(Number(yearText), month, Number(dayText))) || 'no day';
}

const textIn = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
