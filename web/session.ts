/**
 * Who visits: a browser by a cookie of its own, and a person by a sign-in that is judged anew at each request.
 * Redis keeps which sign-in a browser has; PostgreSQL knows whether that is still good.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import type { Redis } from 'ioredis';
import type { Caller } from '../commands/caller.ts';
import { keepForm } from '../db/sign-in/kept-form.ts';
import { liveSignIn } from '../db/sign-in/sign-in.ts';
import { uuidOf } from '../db/uuid.ts';
import { log } from '../pages/log.ts';
import type { WebDeps } from './edge/deps.ts';
import { csrfFor, readCsrf } from './sign-in/csrf.ts';
import { SealedStore } from './sign-in/store.ts';
import { visitLimits } from '../domain/applicant-visit.ts';

declare module 'express-session' {
  interface SessionData {
    /** db/sign-in/sign-in.ts */
    signIn: string;
    /** Sign-ins under way, by their state: a browser may have several tabs. */
    pending: Record<string, { verifier: string; nonce: string; returnTo: string }>;
    /** The application that this browser speaks for, after a code was given, and until when unless it comes again. */
    application: string;
    applicationUntil: number;
  }
}

export interface SessionDeps {
  orm: MikroORM;
  redis: Redis;
  /** 32 bytes: seals sessions and what was typed, signs cookies and forms. */
  key: Buffer;
  /** Where a browser reaches us. */
  url: string;
}

interface Known {
  browser: string;
  caller: Caller;
}

/** What a request is known by. Filled once, before any route. */
const known = new WeakMap<Request, Known>();
const knownOf = (req: Request): Known => {
  const found = known.get(req);
  if (!found) throw new Error('setUpSession was not called');
  return found;
};

/** @returns the id of the person who is signed in */
export function personOf(req: Request): string | undefined {
  const { kind, id } = knownOf(req).caller;
  return kind === 'person' ? id : undefined;
}

/** How long a browser speaks for an application that was sent in, after its last request. */
const applicationIdleMs = visitLimits.sentIdleMs;

const regenerate = (req: Request) =>
  new Promise<void>((resolve, reject) => req.session.regenerate((error) => (error ? reject(error as Error) : resolve())));

/** `__Host-`: no other host and no plain http can set it. */
function browserCookieOf(url: string) {
  const https = url.startsWith('https:');
  return {
    name: https ? '__Host-care-browser' : 'care_web_browser',
    options: { httpOnly: true, sameSite: 'lax', secure: https, path: '/' },
  } as const;
}

export function setUpSession(app: Express, deps: SessionDeps): void {
  const https = deps.url.startsWith('https:');
  const { name: browserCookie, options } = browserCookieOf(deps.url);
  const sessions = session({
    name: https ? '__Host-care' : 'care_web',
    secret: derived(deps.key, 'cookie').toString('base64'),
    store: new SealedStore(deps.redis, derived(deps.key, 'session')),
    cookie: options,
    resave: false,
    saveUninitialized: false,
  });
  if (https) app.set('trust proxy', 1);

  const know: RequestHandler = async (req, res, next) => {
    const kept = cookieOf(req, browserCookie);
    const browser = kept ?? randomBytes(16).toString('base64url');
    if (!kept) res.cookie(browserCookie, browser, { ...options, maxAge: 365 * 24 * 60 * 60 * 1000 });
    known.set(req, { browser, caller: await callerOf(deps.orm, req, browser) });
    next();
  };
  app.use((req, res, next) =>
    sessions(req, res, (error?: unknown) => (error ? showUnavailable(deps, browserCookie, error, req, res, next) : next())),
  );
  app.use(know);
}

/** What pages and forms ask of a visitor (web/edge/deps.ts). */
export const visitors = ({
  orm,
  key,
  url,
}: SessionDeps): Pick<WebDeps, 'visitorOf' | 'judgeForm' | 'keepTyped' | 'becomeApplicant' | 'leaveApplication'> => ({
  visitorOf(req) {
    const { browser, caller } = knownOf(req);
    return { caller, csrf: csrfFor(key, browser, personOf(req)) };
  },
  judgeForm(req, csrf) {
    const author = readCsrf(key, knownOf(req).browser, csrf);
    if (author === undefined) return 'forged';
    if (author === null || author === personOf(req)) return 'ours';
    return personOf(req) ? 'forged' : 'session-ended';
  },
  async keepTyped(req, action, fields) {
    const { _csrf, ...typed } = (req.body ?? {}) as Record<string, unknown>;
    const author = readCsrf(key, knownOf(req).browser, _csrf);
    if (!author) return `/sign-in?returnTo=${encodeURIComponent(action)}`;
    const id = await keepForm(orm.em.fork(), derived(key, 'kept-form'), author, { action, fields: { ...typed, ...fields } });
    return `/sign-in?returnTo=${encodeURIComponent(`/resume/${id}`)}`;
  },
  async becomeApplicant(req, application) {
    await regenerate(req); // a session that somebody planted before is not the one that was opened
    Object.assign(req.session, { application, applicationUntil: Date.now() + applicationIdleMs });
  },
  async leaveApplication(req) {
    await regenerate(req);
    const { name, options } = browserCookieOf(url);
    req.res?.clearCookie(name, options);
  },
});

/** A key of its own for each use of the one setting. */
export const derived = (key: Uint8Array, use: string): Buffer => createHash('sha256').update(key).update(use).digest();

async function callerOf(orm: MikroORM, req: Request, browser: string): Promise<Caller> {
  const { signIn, application, applicationUntil = 0 } = req.session;
  const live = signIn && (await liveSignIn(orm.em.fork(), { id: signIn }));
  if (live) return { kind: 'person', id: live.person, via: 'web', authenticatedAt: live.startedAt };
  if (signIn) delete req.session.signIn;
  const speaks = application !== undefined && Date.now() < applicationUntil;
  if (speaks) req.session.applicationUntil = Date.now() + applicationIdleMs;
  const own = idOf(browser);
  return {
    kind: 'applicant',
    id: speaks ? application : own,
    visitor: own,
    ...(req.ip && { address: req.ip }),
    via: 'web',
    authenticatedAt: null,
  };
}

/** A uuid that is this browser's own, and says nothing of its cookie. */
const idOf = (browser: string): string => uuidOf(`applicant/${browser}`);

function cookieOf(req: Request, name: string): string | undefined {
  const found = req.headers.cookie?.split('; ').find((each) => each.startsWith(`${name}=`));
  const value = found?.slice(name.length + 1);
  return value && /^[\w-]{22}$/.test(value) ? value : undefined;
}

/** Redis is away: nothing is known and nothing was done. A form of ours comes back filled in, to be sent again. */
function showUnavailable({ key }: SessionDeps, cookie: string, error: unknown, req: Request, res: Response, next: NextFunction): void {
  const reference = randomUUID();
  log.error({ reference, error: (error as Error).name, message: (error as Error).message }, 'sessions cannot be read');
  const browser = cookieOf(req, cookie);
  const { _csrf, ...fields } = (req.body ?? {}) as Record<string, unknown>;
  const isOurs = req.method === 'POST' && browser && readCsrf(key, browser, _csrf) !== undefined;
  if (res.headersSent) return next(error);
  res
    .status(503)
    .set('Retry-After', '10')
    .render('sign-in/unavailable.njk', { reference, action: req.originalUrl, again: isOurs, fields: { ...fields, _csrf } });
}
