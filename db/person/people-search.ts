/** Finding people among those who are, or will be, at certain organisations. The number of queries does not grow with what is found. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { isNear, type NearWord, type PeopleSearch, rankByName } from '../../domain/people-search.ts';

/** More than anybody looks through: they are told to type more of the name. */
export const mostFound = 200;
/** Of a name with more words, the first are enough to tell it from others. */
const mostWords = 6;
/** Words of the register looked at for each that was typed, the nearest first. */
const mostNear = 60;

export interface FoundPerson {
  id: string;
  careId: string;
  state: string;
  name: string;
  /** Of the sandbox. */
  isTest: boolean;
  organisationName: string;
  /** Names of the positions they hold now at organisations the searcher may see. */
  positions: string[];
  /** Null unless the searcher may see identity details of this person. */
  dateOfBirth: string | null;
}

export interface Sight {
  searcher: string;
  /** Where the searcher may find people. */
  organisations: readonly string[];
  /** Where the searcher may see who they are: date of birth and National Insurance number. */
  identityAt: readonly string[];
}

interface Candidate {
  id: string;
  givenNames: string | null;
  familyName: string;
  cardName: string | null;
}

const isAt = (organisations: 'organisations' | 'identityAt') => {
  const codes = `(select jsonb_array_elements_text(:${organisations}::jsonb))`;
  return `(p.organisation in ${codes} or exists (
    select from role_profile r where r.person = p.id and r.organisation in ${codes} and (r.ends_at is null or now() < r.ends_at)))`;
};
const columns = `p.id, p.given_names as "givenNames", p.family_name as "familyName", p.card_name as "cardName"`;
const given = ({ organisations, identityAt, ...sight }: Sight) => ({
  ...sight,
  organisations: JSON.stringify(organisations),
  identityAt: JSON.stringify(identityAt),
});

/** @returns ids, the likest first; isMore when there may be others, which more words would find */
export async function findPeople(em: EntityManager, search: PeopleSearch, sight: Sight): Promise<{ ids: string[]; isMore: boolean }> {
  const rows = search.by === 'name' ? await likeName(em, search.name, sight) : await exactly(em, search, sight);
  const ranked = search.by === 'name' ? rankByName(search.name, rows) : rows;
  return { ids: ranked.slice(0, mostFound).map(({ id }) => id), isMore: rows.length >= mostFound };
}

const conditions = {
  'care-id': `p.care_id = :value and ${isAt('organisations')}`,
  email: `lower(p.email) = lower(:value) and ${isAt('organisations')}`,
  'national-insurance-number': `p.national_insurance_number = :value and ${isAt('identityAt')}`,
} as const;

function exactly(em: EntityManager, search: Exclude<PeopleSearch, { by: 'name' }>, sight: Sight): Promise<Candidate[]> {
  const value = search.by === 'care-id' ? search.careId : search.by === 'email' ? search.email : search.number;
  const most = mostFound;
  return em.execute(`select ${columns} from person p where ${conditions[search.by]} order by p.id limit :most`, {
    ...given(sight),
    value,
    most,
  });
}

/** First whoever has every word as it was typed, then whoever has words near enough: each up to the limit, in one query. */
async function likeName(em: EntityManager, name: string, sight: Sight): Promise<Candidate[]> {
  const found = await nearWords(em, name);
  const typed = [...new Set(found.map((each) => each.typed))];
  const near = found.filter((each): each is NearWord => each.word !== null);
  const wordsFor = (each: string, suits: (word: NearWord) => boolean) =>
    JSON.stringify(near.filter((word) => word.typed === each && suits(word)).map(({ word }) => word));
  const exact = typed.map((each) => wordsFor(each, ({ word }) => word === each));
  const alike = typed.map((each) => wordsFor(each, isNear));

  const words = Object.fromEntries([...exact.map((list, n) => [`exact${n}`, list]), ...alike.map((list, n) => [`alike${n}`, list])]);
  const has = (list: string) => `p.name_words && array(select jsonb_array_elements_text(:${list}::jsonb))`;
  const every = (list: string) => typed.map((_, n) => has(`${list}${n}`)).join(' and ');
  // Of three words or more one may be another: a middle name that only one of the two has.
  const allButOne = typed.map((_, left) => typed.flatMap((__, n) => (n === left ? [] : [has(`alike${n}`)])).join(' and '));
  const enough = typed.length < 3 ? every('alike') : `(${allButOne.map((each) => `(${each})`).join(' or ')})`;
  const among = (isLike: string) => `(select ${columns} from person p where ${isLike} and p.places && (
      array(select distinct organisation from role_profile where person = :searcher)) and ${isAt('organisations')} limit :most)`;
  const rows = await em.execute<Candidate[]>(`${among(every('exact'))} union all ${among(enough)}`, {
    ...given(sight),
    ...words,
    most: mostFound,
  });
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** The words of the register near each word typed: those that begin so, are spelt alike or sound alike. Null for a word that has none. */
function nearWords(em: EntityManager, name: string): Promise<Array<NearWord | { typed: string; word: null }>> {
  return em.execute(
    `select typed, found.word, found.sound = dmetaphone(typed) and found.sound <> '' as "soundsAlike"
     from (select distinct typed from unnest((name_words(:name))[1:${mostWords}]) typed) as words
     left join lateral (
       select word, sound from name_word where word = typed
       union
       (select word, sound from name_word where word % typed order by similarity(word, typed) desc, word limit ${mostNear})
       union
       (select word, sound from name_word where word like replace(replace(replace(typed, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%' order by word limit ${mostNear})
       union
       (select word, sound from name_word where sound = dmetaphone(typed) and sound <> '' order by similarity(word, typed) desc, word limit ${mostNear})
     ) found on true`,
    { name },
  );
}

/** What a list shows of people, in the order of their ids: no more than the searcher may see of each. */
export async function showFound(em: EntityManager, ids: readonly string[], sight: Sight): Promise<FoundPerson[]> {
  return em.execute<FoundPerson[]>(
    `select p.id, p.care_id as "careId", p.state, concat_ws(' ', p.title, p.given_names, p.family_name) as name,
       o.name as "organisationName", exists (select from sandbox_person s where s.person = p.id) as "isTest",
       array(select distinct coalesce(t.name, n.name, r.job_role) from role_profile r
         left join position t on t.id = r.position left join code_name n on n.code = r.job_role
         where r.person = p.id and r.organisation in (select jsonb_array_elements_text(:organisations::jsonb))
           and r.starts_at <= now() and (r.ends_at is null or now() < r.ends_at) order by 1) as positions,
       case when ${isAt('identityAt')} then p.date_of_birth::text end as "dateOfBirth"
     from jsonb_array_elements_text(:ids::jsonb) with ordinality as wanted(id, place)
     join person p on p.id = wanted.id::uuid join organisation o on o.code = p.organisation
     order by wanted.place`,
    { ...given(sight), ids: JSON.stringify(ids) },
  );
}
