import type { Body } from '../../domain/professional-membership.ts';

/** The people of the demo, one for each role and some besides. All are made up; their cards are in the drawer. */
export interface DemoPerson {
  readonly id: string;
  readonly careId: string;
  readonly title: string | null;
  readonly givenNames: string | null;
  readonly familyName: string;
  readonly dateOfBirth: string;
  readonly email: string;
  readonly mobile: string;
  readonly organisation: string;
  /** Numbers of positions in organisations.ts. */
  readonly positions: readonly number[];
  readonly passcode: string;
  readonly does: string;
}

const person = (
  n: number,
  names: [string | null, string | null, string],
  organisation: string,
  positions: number[],
  does: string,
  dateOfBirth: string,
): DemoPerson => ({
  id: `00000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`,
  careId: `9990000000${String(n).padStart(2, '0')}`,
  title: names[0],
  givenNames: names[1],
  familyName: names[2],
  dateOfBirth,
  email: `${(names[1] ?? names[2])
    .split(' ')[0]
    ?.toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z]/g, '')}.${n}@care-demo.example`,
  mobile: `077009000${String(n).padStart(2, '0')}`,
  organisation,
  positions,
  passcode: `2580${String(n).padStart(2, '0')}`,
  does,
});

export const people: readonly DemoPerson[] = [
  person(1, ['Ms', 'Morgan', 'Ellis'], 'RZ9', [1], 'RA manager: sees what is stuck and frees it', '1971-03-14'),
  person(2, ['Mrs', 'Asha', 'Patel'], 'RZ9', [2], 'RA agent: asks for positions and issues smartcards', '1984-11-02'),
  person(3, ['Mr', 'Tomás', 'Ó Briain'], 'RZ9', [2], 'RA agent: a second pair of hands', '1990-02-28'),
  person(4, ['Mr', 'Li', 'Wei'], 'RZ9', [3], 'ID checker: works through identity checks', '1979-07-30'),
  person(5, ['Mrs', 'Siobhán', "O'Neill"], 'A9A5A', [13], 'Sponsor of Elm Surgery: approves access', '1968-09-09'),
  person(6, ['Mr', 'David', 'Okafor'], 'A9A5A', [13], 'Sponsor of Elm Surgery: when the first is away', '1975-12-25'),
  person(7, ['Ms', 'Sam', 'Taylor'], 'A9A5A', [14], 'Unlocker: unlocks smartcards of colleagues', '1996-02-29'),
  person(
    8,
    ['Dr', 'Grace', 'Adeyemi'],
    'A9A5A',
    [11, 5, 21],
    'Card holder with three roles, and a GMC number: chooses one at sign-in',
    '1982-05-17',
  ),
  person(9, [null, null, 'Suharto'], 'A9A5A', [12], 'Card holder with one role, and one name', '1999-10-01'),
  person(10, ['Ms', 'Ines', 'Novák'], 'RZ9', [1], 'RA manager: the second person, for ending a case that holds a card', '1966-04-21'),
  person(11, ['Mr', 'Noah', 'Fraser'], 'RZ9', [6], 'Connection manager: registers the systems that rely on us', '1987-06-08'),
  person(12, ['Ms', 'Hana', 'Kim'], 'RZ9', [6], 'Connection manager: the second person, who approves what a system may see', '1978-01-19'),
  person(13, ['Ms', 'Zofia Anna', 'Nowak'], 'RZ9', [5], 'Card holder: a ward nurse with an NMC PIN', '1991-08-12'),
];

/** Numbers that registers give to nobody: all zeros, but for the person's own. The id's last digits are the person's. */
const membership = (n: number, body: Body, number: string) => ({
  id: `0000c0de-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`,
  person: `00000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`,
  body,
  number,
});
export const memberships = [membership(8, 'gmc', '0000008'), membership(13, 'nmc', '00A0013A')];
