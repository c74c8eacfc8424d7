import { randomInt, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { recordMembershipChecked, recordProfessionalMembership } from '../../db/person/professional-membership.ts';
import type { Body } from '../../domain/professional-membership.ts';

/** Seven digits that no other test has. */
export const aGmcNumber = (): string => String(randomInt(0, 10_000_000)).padStart(7, '0');
export const anNmcPin = (): string =>
  `${randomInt(10, 100)}Z${String(randomInt(0, 10_000)).padStart(4, '0')}${'ABCDEFGHIJ'[randomInt(0, 10)]}`;

interface Given {
  person: string;
  by: string;
  organisation: string;
  body: Body;
  number: string;
  checked?: boolean;
}

/** One that was found in its register, unless it is said not to be. @returns its id */
export async function aMembership(orm: MikroORM, { person, by, organisation, body, number, checked = true }: Given): Promise<string> {
  const id = randomUUID();
  const cause = () => ({ id: `test/${randomUUID()}`, at: new Date(), who: by, via: 'web' as const, caseId: null });
  const row = { id, person, body, number, since: '2020-01-01', until: null };
  await orm.em.fork().transactional((em) => recordProfessionalMembership(em, cause(), organisation, row));
  if (checked) await orm.em.fork().transactional((em) => recordMembershipChecked(em, cause(), organisation, row));
  return id;
}
