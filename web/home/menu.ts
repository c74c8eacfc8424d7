import type { Express } from 'express';
import { rolesByOrganisation } from '../../db/actor.ts';
import { findPerson, fullName } from '../../db/person/person.ts';
import { rolesWith } from '../../domain/permission.ts';
import { tasksHere } from '../../domain/task.ts';
import type { WebDeps } from '../edge/deps.ts';

/** Gives every page the name of who is signed in, and the tasks of the menu: two queries a page. */
export function setUpMenu(app: Express, deps: WebDeps): void {
  app.use(async (req, res, next) => {
    const { caller, csrf } = deps.visitorOf(req);
    res.locals['csrf'] = csrf;
    if (caller.kind === 'person') {
      const em = deps.orm.em.fork();
      const [person, held] = await Promise.all([findPerson(em, caller.id), rolesByOrganisation(em.fork(), caller.id)]);
      const roles = [...held.values()].flat();
      res.locals['signedInAs'] = { name: fullName(person), careId: person.careId };
      res.locals['navigation'] = tasksHere(deps.sandbox !== null)
        .filter(({ permission }) => rolesWith(permission).some((role) => roles.includes(role)))
        .map(({ href, title }) => ({ href, text: title, current: req.path.startsWith(href) }));
    }
    next();
  });
}
