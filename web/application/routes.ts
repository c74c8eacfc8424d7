/** Applications as staff see them: who applied, and whether the organisation expects them. */
import { Router } from 'express';
import { decline, expect, resume } from '../../commands/application.ts';
import { listApplications, showApplication, showPhoto } from '../../commands/application-reading.ts';
import { cancelInvitation, invite, makeEmployerLink, showInvitation, showInvitations, whereToInvite } from '../../commands/invitation.ts';
import { declineReasons, type State, stateWords, states } from '../../domain/application.ts';
import { stateNames } from '../../domain/application-words.ts';
import { fullName } from '../../domain/personal-name.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountFile } from '../edge/file.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { all, atOnlyPlace, placeItems } from '../edge/places.ts';

const folder = '/applications';

export function applicationRoutes(deps: WebDeps): Router {
  const router = Router();
  mountPage(router, deps, {
    path: folder,
    query: listApplications,
    template: 'application/list.njk',
    view: ({ counts, organisations }, req) => ({
      stateNames,
      total: req.query['state'] ? (counts[req.query['state'] as State] ?? 0) : Object.values(counts).reduce((sum, each) => sum + each, 0),
      choices: [all, ...states.slice(1).map((value) => ({ value, text: `${stateNames[value]} (${counts[value] ?? 0})` }))],
      places: placeItems(organisations),
    }),
  });
  invitationRoutes(router, deps);
  const page: Page<typeof showApplication> = {
    path: `${folder}/:id`,
    query: showApplication,
    template: 'application/show.njk',
    view: ({ name, identity }) => ({
      back: folder,
      stateNames,
      stateWords,
      documentWords: identity?.documents.map(({ words }) => words),
      fullName: fullName(name),
      reasons: Object.entries(declineReasons).map(([value, text]) => ({ value, text })),
    }),
  };
  const next =
    (done: string) =>
    ({ id }: { id: string }) =>
      `${folder}/${id}?done=${done}`;
  mountPage(router, deps, page);
  mountFile(router, deps, { path: `${folder}/photos/:photo`, query: showPhoto });
  mountForm(router, deps, { path: `${page.path}/expectation`, command: expect, page, next: next('expected') });
  mountForm(router, deps, { path: `${page.path}/resumption`, command: resume, page, next: next('resumed') });
  mountForm(router, deps, { path: `${page.path}/refusal`, command: decline, page, next: next('declined') });
  return router;
}

/** Inviting people, and the link an employer gives out: one page for each organisation. */
function invitationRoutes(router: Router, deps: WebDeps): void {
  mountPage(router, deps, {
    path: '/invitations',
    query: whereToInvite,
    template: 'application/where.njk',
    redirect: atOnlyPlace(pathFor),
    view: () => ({ back: folder }),
  });
  const page: Page<typeof showInvitations> = {
    path: pathFor(':organisation'),
    query: showInvitations,
    template: 'application/invitations.njk',
    view: ({ employerLink }, req) => ({
      back: folder,
      employerLink: employerLink && new URL(employerLink, `${req.protocol}://${req.get('host') ?? ''}`).href,
    }),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, { path: page.path, command: invite, page, next: (_answer, req) => `${req.path}?done=invited` });
  mountForm(router, deps, {
    path: `${pathFor(':organisation')}/link`,
    command: makeEmployerLink,
    page,
    next: ({ organisation }) => `${pathFor(organisation)}?done=link`,
  });
  const newLink: Page<typeof showInvitations> = {
    path: `${pathFor(':organisation')}/new-link`,
    query: showInvitations,
    template: 'application/new-link.njk',
    view: ({ organisation }) => ({ back: pathFor(organisation) }),
  };
  mountPage(router, deps, newLink);
  mountForm(router, deps, {
    path: newLink.path,
    command: makeEmployerLink,
    page: newLink,
    next: ({ organisation }) => `${pathFor(organisation)}?done=new-link`,
  });
  const cancel: Page<typeof showInvitation> = {
    path: '/invitations/:id/cancellation',
    query: showInvitation,
    template: 'application/cancel-invitation.njk',
    view: ({ organisation }) => ({ back: pathFor(organisation) }),
  };
  mountPage(router, deps, cancel);
  mountForm(router, deps, {
    path: cancel.path,
    command: cancelInvitation,
    page: cancel,
    next: ({ organisation }) => `${pathFor(organisation)}?done=cancelled`,
  });
}

const pathFor = (organisation: string) => `/organisations/${organisation}/invitations`;
