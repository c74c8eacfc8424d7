import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { OrganisationRow } from '../../db/organisation/organisation.ts';
import { findPeople, mostFound, showFound, type Sight } from '../../db/person/people-search.ts';
import { PersonRow } from '../../db/person/person.ts';
import { readSearch } from '../../domain/people-search.ts';
import { anOrganisation, aPerson, aRoleProfile, databaseOfThisWorker, endPositionsOf, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

const sight = (changes: Partial<Sight> = {}): Sight => ({
  searcher: elm.agent,
  organisations: [elm.code, elm.trust],
  identityAt: [elm.code, elm.trust],
  ...changes,
});
const search = (text: string, of: Sight = sight()) => findPeople(orm.em.fork(), readSearch(text), of);
const found = async (text: string, of: Sight = sight()) => {
  const { ids } = await search(text, of);
  return (await showFound(orm.em.fork(), ids, of)).map(({ name }) => name);
};

test.each([
  ['in order', 'Siân O’Brien', ['Siân O’Brien']],
  ['the other way round, without accents or apostrophe', 'obrien sian', ['Siân O’Brien']],
  ['with another apostrophe', "O'Brien", ['Siân O’Brien']],
  ['the beginning of a word', 'adey', ['Ben Adeyemi']],
  ['a slip in each word', 'Benn Adeyemy', ['Ben Adeyemi']],
  ['as it sounds', 'Ayesha Kahn', ['Aisha Khan']],
  ['with a middle name we do not have', 'Ben Oluwaseun Adeyemi', ['Ben Adeyemi']],
  ['another name altogether', 'Zbigniew Kowalczyk', []],
  ['half of it another name', 'Ben Kowalczyk', []],
])('a name is found %s', async (_how, text, names) => {
  expect(await found(text)).toEqual(names);
});

test.each([
  ['one letter', 'X', 'x'],
  ['no given name', 'Suharto', 'suharto'],
  ['a hundred letters', 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100), 'wolfeschlegelsteinhausenbergerdorff'],
  ['two family names', 'Ana García-López', 'lopez garcia ana'],
  ['another script', '王小明', '王小明'],
  ['what could be a pattern', 'Per_cent %', '%per_cent'],
])('a person with %s is found', async (_what, named, text) => {
  await aPerson(orm, { named, organisation: elm.code });
  expect(await found(text)).toEqual([named]);
});

test('the nearest comes first, and an exact name before those that only begin so', async () => {
  for (const named of ['Benjamin Adeyemi', 'Ben Adeyemo']) await aPerson(orm, { named, organisation: elm.code });
  expect((await found('ben adeyemi'))[0]).toBe('Ben Adeyemi');
  expect((await found('benjamin adeyemi'))[0]).toBe('Benjamin Adeyemi');
});

test('a person is found by the name on their card', async () => {
  await aPerson(orm, { named: 'Christopher Marley', cardName: 'Kit Marlowe', organisation: elm.code });
  expect(await found('marlowe kit')).toEqual(['Christopher Marley']);
});

test('Care ID, e-mail in any case and National Insurance number find one person', async () => {
  await aPerson(orm, {
    named: 'Ines Novák',
    organisation: elm.code,
    careId: '000000000042',
    email: 'Ines@Example.org',
    nationalInsuranceNumber: 'AB123456C',
  });
  for (const text of ['0000 0000 0042', 'ines@example.org', 'ab 12 34 56 c']) expect(await found(text)).toEqual(['Ines Novák']);
});

test('only people of these organisations are found: registered there, or with a position that has not ended', async () => {
  const oak = await anOrganisation(orm, { name: 'Oak Pharmacy' });
  const mover = await aPerson(orm, { named: 'Mo Vermeulen', organisation: oak.code });
  expect(await found('vermeulen')).toEqual([]);
  await aRoleProfile(orm, { person: mover, organisation: elm.code, jobRole: 'R8009', startsOn: inDays(10) });
  expect(await found('vermeulen')).toEqual(['Mo Vermeulen']);
  const leaver = await aPerson(orm, { named: 'Lena Vermeulen', organisation: oak.code });
  await aRoleProfile(orm, { person: leaver, organisation: elm.code, jobRole: 'R8009' });
  await endPositionsOf(orm, leaver);
  expect(await found('vermeulen')).toEqual(['Mo Vermeulen']);
  expect(await found('vermeulen mo', sight({ searcher: oak.agent, organisations: [oak.code, oak.trust] }))).toEqual(['Mo Vermeulen']);
});

test('date of birth is shown, and a National Insurance number found, only where the searcher may see identities', async () => {
  await aPerson(orm, { named: 'Ines Novák', organisation: elm.code, nationalInsuranceNumber: 'AB123457C', dateOfBirth: '1996-02-29' });
  const blind = sight({ identityAt: [] });
  expect(await found('AB123457C', blind)).toEqual([]);
  const births = async (of: Sight) =>
    (await showFound(orm.em.fork(), (await search('novak', of)).ids, of)).map(({ dateOfBirth }) => dateOfBirth);
  expect(await births(blind)).toEqual([null]);
  expect(await births(sight())).toEqual(['1996-02-29']);
  expect(await births(sight({ identityAt: [elm.trust] }))).toEqual([null]);
});

test('the positions shown are those held now, at organisations the searcher may see', async () => {
  const oak = await anOrganisation(orm, { name: 'Oak Pharmacy' });
  for (const organisation of [elm.code, oak.code]) await aRoleProfile(orm, { person: elm.beneficiary, organisation, jobRole: `R8009` });
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: elm.code, jobRole: 'R8001', startsOn: inDays(5) });
  const { ids } = await search('adeyemi');
  expect(await showFound(orm.em.fork(), ids, sight())).toMatchObject([
    { name: 'Ben Adeyemi', organisationName: 'Elm Surgery', positions: ['R8009'] },
  ]);
});

test('a search stops at a number nobody looks through, and says that there is more', async () => {
  const rows = Array.from({ length: mostFound + 20 }, (_, n) => n);
  await Promise.all(rows.map((n) => aPerson(orm, { named: `Twin${n} Common`, organisation: elm.code })));
  const { ids, isMore } = await search('common');
  expect([ids.length, isMore]).toEqual([mostFound, true]);
  expect((await search('common twin7')).ids).not.toHaveLength(0);
}, 60_000);

test('an organisation that moves under another authority takes its people along', async () => {
  const oak = await anOrganisation(orm, { name: 'Oak Pharmacy' });
  await orm.em.fork().nativeUpdate(OrganisationRow, { code: elm.code }, { parent: oak.trust });
  const from = sight({ searcher: oak.agent, organisations: [oak.trust, oak.code, elm.code] });
  expect(await found('adeyemi', from)).toEqual(['Ben Adeyemi', 'Ben Adeyemi']);
});

test('somebody who changes their name is found by the new one', async () => {
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { familyName: 'Quillfeather' });
  expect(await found('quilfeather ben')).toEqual(['Ben Quillfeather']);
  expect(await found(`nobody ${randomUUID().slice(0, 4)}`)).toEqual([]);
});
