/** The five things an agent does, and how far they are: what the page of a card issue lists first. */
import type { CardIssueStage } from '../../domain/card-issue.ts';

const steps: ReadonlyArray<{ text: string; stages: readonly CardIssueStage[] }> = [
  { text: 'Print the card', stages: ['choosing', 'printing', 'asking-whether-printed'] },
  { text: 'Put the printed card in a reader', stages: ['printed'] },
  { text: 'Make its keys and certificates', stages: ['prepared', 'set-up', 'signed'] },
  { text: 'Recognise its holder', stages: ['written'] },
  { text: 'Its holder chooses a passcode and accepts the terms', stages: ['recognised'] },
];

export function stepsOf(stage: CardIssueStage): Array<{ text: string; status: 'Done' | 'Now' | 'Not yet' }> {
  const now = stage === 'done' ? steps.length : steps.findIndex(({ stages }) => stages.includes(stage));
  return steps.map(({ text }, at) => ({ text, status: at < now ? 'Done' : at === now ? 'Now' : 'Not yet' }));
}
