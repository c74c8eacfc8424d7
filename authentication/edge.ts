/** What every page and form of the authentication service goes through. The only place here that knows how a form is told from a forged one. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { nothingHere, Refusal } from '../domain/refusal.ts';
import { faultOf, log } from '../pages/log.ts';
import { statuses } from '../pages/status.ts';

/** A query or form field sent once; '' for anything else. */
export const textOf = (field: unknown): string => (typeof field === 'string' ? field : '');

/**
 * Refuses what another site makes a browser send: by Fetch Metadata, or by Origin where a browser has none.
 * @param origin our own
 */
export const refuseForeignWrites =
  (origin: string): RequestHandler =>
  (req, _res, next) => {
    const site = req.get('Sec-Fetch-Site');
    const isOurs = site === undefined ? req.get('Origin') === origin : site === 'same-origin';
    if (req.method === 'GET' || req.method === 'HEAD' || isOurs) return next();
    throw new Refusal('INVALID', 'This form did not come from this service. Open the page again and send it from there');
  };

/** Links that we make begin with the address that we were asked at: so that is the one of the settings, or nothing. */
export const refuseOtherHosts =
  (origin: string): RequestHandler =>
  (req, res, next) => {
    if (req.get('Host') === new URL(origin).host) return next();
    res.status(421).type('text/plain').send('This service does not have that name');
  };

export const showNothing: RequestHandler = () => {
  throw nothingHere();
};

export const showError: ErrorRequestHandler = (error, req, res, _next) => {
  const isJson = req.accepts(['html', 'json']) === 'json';
  if (error instanceof Refusal) {
    const { code, message } = error;
    res.status(statuses[code]);
    return isJson ? res.json({ code, message }) : res.render('refusal.njk', { message, details: {} });
  }
  const reference = crypto.randomUUID();
  log.error({ reference, route: req.route?.path, ...faultOf(error) }, 'fault');
  res.status(500);
  return isJson ? res.json({ code: 'FAULT', message: 'Something went wrong', reference }) : res.render('fault.njk', { reference });
};
