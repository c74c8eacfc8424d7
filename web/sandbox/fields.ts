/** The form of a new test person: its fields as text and boxes, and what they say. */
import { levelChoices, soonMinutes, testMethods, testNames } from '../../domain/sandbox.ts';
import { choicesIn, several } from '../edge/fields.ts';

type Fields = Record<string, unknown>;

/** A role a line: the organisation, the job role, and activities if there are any. */
function rolesIn(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  const lines = text.split('\n').map((line) =>
    line
      .toUpperCase()
      .split(/[\s,;]+/)
      .filter(Boolean),
  );
  return lines
    .filter((line) => line.length > 0)
    .map(([organisation = '', jobRole = '', ...activities]) => ({ organisation, job_role: jobRole, activities }));
}

/** What cannot be read stays text, which no schema takes. */
const number = (text: unknown) => (typeof text === 'string' && /^\d{1,3}$/.test(text.trim()) ? Number(text) : text);

export function readTestPerson({ level, count, chosen, roles, but, ...rest }: Fields): Fields {
  const boxes = several(but);
  return {
    ...rest,
    ...(level !== undefined && { level: number(level) }),
    ...(roles !== undefined && { roles }),
    ...(roles === 'chosen' ? { chosen: rolesIn(chosen) } : count !== undefined && { count: number(count) }),
    has_email: !boxes.includes('no-email'),
    is_suspended: boxes.includes('suspended'),
    role_ends_soon: boxes.includes('role-ends-soon'),
  };
}

export const emptyFields = (hasDrawer: boolean): Fields => ({
  names: 'ordinary',
  level: '3',
  method: hasDrawer ? 'card' : 'password',
  roles: 'random',
  count: '1',
});

export const choices = (hasDrawer: boolean) => ({
  names: choicesIn(testNames),
  levels: choicesIn(levelChoices),
  methods: Object.entries(testMethods)
    .filter(([value]) => hasDrawer || value !== 'card')
    .map(([value, { words }]) => ({ value, text: words })),
  but: [
    { value: 'no-email', text: 'They have no e-mail address' },
    { value: 'suspended', text: 'Their Care ID is suspended' },
    { value: 'role-ends-soon', text: `The last of their roles ends in ${soonMinutes} minutes` },
  ],
});
