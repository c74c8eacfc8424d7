import { z } from 'zod';
import { rolesByOrganisation } from '../../db/actor.ts';
import { recordAudit } from '../../db/audit.ts';
import { once } from '../../db/idempotency.ts';
import { findPeople, type FoundPerson, showFound, type Sight } from '../../db/person/people-search.ts';
import { findPerson } from '../../db/person/person.ts';
import { findSavedSearch, recordSavedSearch } from '../../db/person/saved-search.ts';
import { readSearch, searchText } from '../../domain/people-search.ts';
import { Refusal } from '../../domain/refusal.ts';
import { causeOf, command } from '../command.ts';
import { placesWith } from '../places.ts';
import { list } from '../query.ts';

const pageSize = 20;

/** The form to search with: for whoever may find people. */
export const startSearch = list({
  name: 'person.start-search',
  permission: 'person.find',
  params: z.object({}),
  input: z.object({}).strict(),
  run: async ({ roles }) => ({
    mayByNumber: identityAt(roles).length > 0,
    mayLookUpMemberships: placesWith(roles, 'professional-membership.change').length > 0,
  }),
});

/** Keeps what to look for under an id that says nothing, for an hour, for the searcher alone. */
export const searchPeople = command({
  name: 'person.find',
  permission: 'person.find',
  params: z.object({}),
  input: z.object({ text: searchText }).strict(),
  find: async (em, _params, { id }) => {
    const [organisation] = (await rolesByOrganisation(em, id)).keys();
    return { organisation: organisation ?? (await findPerson(em, id)).organisation };
  },
  async run({ em, input: { text }, ...asking }) {
    const { by } = readSearch(text);
    if (by === 'national-insurance-number' && identityAt(await rolesByOrganisation(em, asking.actor.id)).length === 0) {
      throw new Refusal('INVALID', 'None of your positions lets you search by National Insurance number', { text: by });
    }
    const answer = await once(em, asking.key, async (tx) => {
      const id = await recordSavedSearch(tx, asking.actor.id, text);
      const { organisation } = asking.subject;
      const recorded = { what: 'person.find', subjectKind: 'saved-search', subjectId: id, organisation, detail: { by } };
      await recordAudit(tx, causeOf('person.find', asking, null), recorded);
      return { id };
    });
    return { is: 'saved', answer };
  },
});

/** Who is found now by a saved search, the likest first, a page at a time. */
export const showSearch = list({
  name: 'person.found',
  permission: 'person.find',
  params: z.object({ id: z.uuid() }),
  input: z.object({ after: z.uuid().optional() }),
  async run({ em, caller, params, input, organisations, roles }) {
    const { text } = await findSavedSearch(em, params.id, caller.id);
    const search = readSearch(text);
    const sight: Sight = { searcher: caller.id, organisations, identityAt: identityAt(roles) };
    const { ids, isMore } = await findPeople(em, search, sight);
    const from = input.after ? ids.indexOf(input.after) + 1 : 0;
    const page = ids.slice(from, from + pageSize);
    const people: FoundPerson[] = await showFound(em, page, sight);
    const next = from + pageSize < ids.length ? (page.at(-1) ?? null) : null;
    return { id: params.id, text, by: search.by, people, count: ids.length, isMore, next, mayByNumber: sight.identityAt.length > 0 };
  },
});

/** Where somebody may see who people are. */
const identityAt = (roles: Parameters<typeof placesWith>[0]): string[] => placesWith(roles, 'person.read-identity');
