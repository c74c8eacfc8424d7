/** Dealings as the page sends them: those saved before as they were, one more in boxes, and which button was pressed. */
import { mostActivity } from '../../domain/identity-check/answers.ts';
import { joinDays } from '../position-request/day-boxes.ts';

type Fields = Record<string, unknown>;

export function readActivity({ press, ...fields }: Fields): Fields {
  const places = Array.from({ length: mostActivity + 1 }, (_each, at) => at);
  const joined = joinDays(fields, places.flatMap((at) => [`shown-${at}-from`, `shown-${at}-to`])); // prettier-ignore
  const shown = places.map((at) => ({ kind: joined[`shown-${at}-kind`], from: joined[`shown-${at}-from`], to: joined[`shown-${at}-to`] }));
  const removed = /^remove-(\d+)$/.exec(typeof press === 'string' ? press : '')?.[1];
  const kept = shown.filter((each, at) => String(at) !== removed && Object.values(each).some((value) => value !== undefined));
  return { shown: press === 'add' && kept.length === 0 ? [{}] : kept };
}
