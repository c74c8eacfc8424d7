/** Mounts a command as a form. The only place in web/ that parses a body. */
import type { Request, RequestHandler, Response, Router } from 'express';
import type { Command, Files, Outcome } from '../../commands/command.ts';
import type { Query } from '../../commands/query.ts';
import { needsNoSignIn } from '../../domain/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { WebDeps } from './deps.ts';
import { asMounted, type Page, paramsOf, show, type Tried, withoutEmpty } from './page.ts';

export interface Form<C extends Command = Command> {
  path: string;
  command: C;
  /** The page the form is on: shown again with what was typed when it cannot be saved. */
  page: Page<Query>;
  /** Where to go when it is saved; or, where the answer is a secret that is kept nowhere, the template that shows it in place of a way on. */
  next: ((answer: AnswerOf<C>, req: Request) => string | Promise<string>) | { shows: string };
  /** Turns the fields of the form into the command's input, where they differ: three boxes of a date, say. */
  read?: (fields: Record<string, unknown>) => Record<string, unknown>;
  /** Where somebody chooses on the form what stands in other paths, such as the organisation: the field of that name. */
  placed?: string;
}

type AnswerOf<C extends Command> = Extract<Awaited<ReturnType<C['perform']>>, { is: 'saved' }>['answer'];
type Fields = Record<string, unknown>;

export function mountForm<C extends Command>(router: Router, deps: WebDeps, form: Form<C>): void {
  const handler: RequestHandler = async (req, res) => {
    const { key, _csrf, ...fields } = (req.body ?? {}) as Fields;
    const judged = deps.judgeForm(req, _csrf);
    if (judged === 'forged') throw notOurs();
    const needsPerson = !needsNoSignIn(form.command.permission);
    if (judged === 'session-ended' || (needsPerson && deps.visitorOf(req).caller.kind !== 'person')) {
      return res.redirect(303, await deps.keepTyped(req, req.originalUrl, { ...fields, key }));
    }
    await send(deps, form, req, res, { key, typed: fields });
  };
  router.post(form.path, ...receiving(deps, form.command), asMounted(handler));
}

const notOurs = () =>
  new Refusal('INVALID', 'This form was open too long, or did not come from this service. Open the page again and send it from there');

/**
 * Reads a body with files, once it is known that whoever sends it may. What only the body proves, that the form is ours, is judged after.
 * A command without files gets none: its forms are not read as such.
 */
function receiving(deps: WebDeps, command: Command): RequestHandler[] {
  const { uploads: fields, permission } = command;
  if (!fields) return [];
  return [
    async (req, res, next) => {
      if (isFromElsewhere(req)) throw notOurs();
      const { caller } = deps.visitorOf(req);
      if (!needsNoSignIn(permission) && caller.kind !== 'person') return res.redirect(303, await deps.keepTyped(req, req.originalUrl, {}));
      await command.judge(deps, caller, paramsOf(command, req));
      if ((await deps.uploads.receive(req, res, { fields, whose: caller.id })) === 'received') return next();
      res.status(503).set('Retry-After', '10').render('refusal.njk', busy);
    },
  ];
}

const busy = {
  message: 'Too many photographs are being sent to us at this moment',
  advice: 'Nothing of yours was taken. Go back, and try again in a moment',
};

/** What a browser says by itself of who made it send this (Fetch Metadata); one that says nothing is judged by the form. */
const isFromElsewhere = (req: Request) => ['cross-site', 'same-site'].includes(req.get('Sec-Fetch-Site') ?? '');

async function send<C extends Command>(
  deps: WebDeps,
  form: Form<C>,
  req: Request,
  res: Response,
  { key, typed }: { key: unknown; typed: Fields },
): Promise<void> {
  const again = (status: number, tried: Tried) => show(deps, form.page, req, res.status(status), { typed, ...tried });
  const given = withoutEmpty(typed);
  const fields = Object.fromEntries(Object.entries(given).filter(([name]) => name !== form.placed));
  const input = form.command.input.safeParse(form.read ? form.read(fields) : fields);
  const refused = filesRefused(req);
  if (!input.success || refused.length > 0) {
    const found = input.success ? [] : input.error.issues.map((issue) => ({ text: issue.message, href: `#${issue.path.join('-')}` }));
    return again(400, { key, errors: [...found, ...refused] });
  }
  if (typeof key !== 'string' || key === '') throw new Refusal('INVALID', 'Open the page again, and send the form from there');

  try {
    const writer = { ...deps.visitorOf(req).caller, key };
    const outcome: Outcome<unknown> = await form.command.perform(
      deps,
      writer,
      paramsOf(form.command, { params: { ...req.params, ...placeIn(form, given) } }),
      input.data,
      filesOf(req),
    );
    if (outcome.is === 'saved' && typeof form.next === 'object')
      res.set('Cache-Control', 'no-store').render(form.next.shows, { answer: outcome.answer, path: req.path });
    else if (outcome.is === 'saved' && typeof form.next === 'function') res.redirect(303, await form.next(outcome.answer, req));
    else if (outcome.is === 'saving')
      res.status(202).render('saving.njk', { action: req.originalUrl, fields: { ...typed, key }, csrf: deps.visitorOf(req).csrf });
    else await again(503, { key, notSaved: true });
  } catch (error) {
    if (!(error instanceof Refusal) || !onTheForm.includes(error.code)) throw error;
    // With a new key: this one's answer is the refusal. The details' first name is the field's.
    await again(400, { errors: [{ text: error.message, href: `#${Object.keys(error.details)[0] ?? ''}` }] });
  }
}

function placeIn({ placed }: Pick<Form, 'placed'>, fields: Fields): Record<string, string> {
  const place = placed && fields[placed];
  return placed && typeof place === 'string' ? { [placed]: place } : {};
}

/** Refusals that other answers would mend. */
const onTheForm: readonly string[] = ['INVALID', 'TOO_MANY_TRIES', 'EXPIRED', 'CONFLICT_OF_ROLES', 'NOBODY_CAN_DECIDE'];

const filesOf = (req: Request): Files => req.received?.files ?? {};
const filesRefused = (req: Request) => (req.received?.errors ?? []).map(({ field, text }) => ({ text, href: `#${field}` }));
