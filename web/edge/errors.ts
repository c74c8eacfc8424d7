import type { ErrorRequestHandler } from 'express';
import { namesOf } from '../../db/person/person.ts';
import { Refusal } from '../../domain/refusal.ts';
import { faultOf, log } from '../../pages/log.ts';
import { statuses } from '../../pages/status.ts';
import type { WebDeps } from './deps.ts';

/** A refusal is a page in words; a fault is one with a reference that is in the log. */
export const showError =
  (deps: WebDeps): ErrorRequestHandler =>
  async (error, req, res, _next) => {
    if (error instanceof Refusal) {
      const by = error.details['by'];
      const byName = by ? (await namesOf(deps.orm.em.fork(), [by]))[by] : undefined;
      return res.status(statuses[error.code]).render('refusal.njk', { message: error.message, at: error.details['at'], byName });
    }
    const reference = crypto.randomUUID();
    log.error({ reference, route: req.route?.path, ...faultOf(error) }, 'fault');
    return res.status(500).render('fault.njk', { reference });
  };
