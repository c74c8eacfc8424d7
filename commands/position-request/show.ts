import { z } from 'zod';
import { namesOf } from '../../db/person/person.ts';
import {
  listedRequests,
  listPositionRequests as listFrom,
  type ListedRequest,
  storyOf,
  type View,
  views,
} from '../../db/position-request/position-request-list.ts';
import { findPositionEvenClosed } from '../../db/position-request/position.ts';
import { namesOfCodes } from '../../db/organisation/reference.ts';
import { endOfPosition } from '../../db/position-request/role-profile.ts';
import type { Role } from '../../domain/actor.ts';
import { mostCounted } from '../../domain/count.ts';
import { may } from '../../domain/permission.ts';
import { allowedActions } from '../../domain/position-request.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { placesToChoose } from '../places.ts';
import { list, query } from '../query.ts';
import { findRequest, params } from './fields.ts';

const pageSize = 20;

/** One request in words, with its story and the actions the caller may take now. */
export const showPositionRequest = query({
  name: 'position-request.show',
  permission: 'position-request.read',
  params,
  input: z.object({}),
  find: findRequest,
  async run({ em, actor, subject }) {
    const { id, organisation, why: _whyId, issuers: _issuers, checkedBy: _checkedBy, ...request } = subject;
    const [listed] = await listedRequests(em, [id], [organisation]);
    if (!listed) throw nothingHere();
    const position = await findPositionEvenClosed(em, request.position);
    const codes = await namesOfCodes(em, [position.jobRole, ...position.activities]);
    const story = await storyOf(em, id);
    const names = await namesOf(em, [...story.map(({ who }) => who), ...(listed.namedSponsor ? [listed.namedSponsor] : [])]);
    return {
      ...request,
      ...listed,
      jobRoleName: codes[position.jobRole] ?? position.jobRole,
      activityNames: position.activities.map((code) => codes[code] ?? code),
      endsAt: request.endsOn && (await endOfPosition(em, organisation, request.endsOn)),
      namedSponsorName: listed.namedSponsor && (names[listed.namedSponsor] ?? null),
      story: story.map((line) => ({ ...line, whoName: names[line.who] ?? null })),
      actions: allowedActions(subject, actor),
      mayNameSponsor: request.state === 'submitted' && may(actor, 'position-request.name-sponsor', subject),
      mayClaim: request.state === 'submitted' && allowedActions(subject, actor).includes('approve'),
    };
  },
});

export interface RequestsPage {
  view: View;
  views: View[];
  requests: ListedRequest[];
  count: number;
  isMore: boolean;
  next: string | null;
  /** Where the caller may see requests; empty where they are too many to choose from. */
  organisations: Array<{ code: string; name: string }>;
  /** In how many places. */
  places: number;
}

/** Requests that wait for the caller, that they asked for, that are open, or that were closed in the last 30 days. */
export const listPositionRequests = list({
  name: 'position-request.list',
  permission: 'position-request.read',
  params: z.object({}),
  input: z.object({
    view: z.enum(views).optional(),
    organisation: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^([A-Z0-9]{3,10})?$/, 'Enter an organisation code, such as A81001')
      .optional(),
    late: z.literal('yes').optional(),
    after: z.uuid().optional(),
  }),
  async run({ em, caller, input, organisations, roles }): Promise<RequestsPage> {
    const offered = viewsFor(roles);
    const view = input.view && offered.includes(input.view) ? input.view : (offered[0] ?? 'open');
    const wanted = (code: string) => !input.organisation || code === input.organisation;
    const listing = {
      me: caller.id,
      view,
      organisations: organisations.filter(wanted),
      sponsorAt: placesWith(roles, ['sponsor']).filter(wanted),
      late: input.late === 'yes',
      after: input.after,
      limit: pageSize + 1,
    };
    const { requests, count } = await listFrom(em, listing);
    const page = requests.slice(0, pageSize);
    const next = requests.length > pageSize ? (page.at(-1)?.id ?? null) : null;
    return {
      view,
      views: offered,
      requests: page,
      count: Math.min(count, mostCounted),
      isMore: count > mostCounted,
      next,
      organisations: await placesToChoose(em, organisations),
      places: organisations.length,
    };
  },
});

/** Sponsors decide, RA agents and managers ask; both may look. */
function viewsFor(roles: ReadonlyMap<string, readonly Role[]>): View[] {
  const decides = placesWith(roles, ['sponsor']).length > 0;
  const asks = placesWith(roles, ['ra-manager', 'ra-agent']).length > 0;
  return views.filter((view) => (view !== 'to-decide' || decides) && (view !== 'yours' || asks));
}

const placesWith = (roles: ReadonlyMap<string, readonly Role[]>, wanted: readonly Role[]): string[] =>
  [...roles].filter(([, held]) => held.some((role) => wanted.includes(role))).map(([organisation]) => organisation);
