/** The edges for tests, with sign-in left out: who asks is said by the test. */
import type { Express, Request } from 'express';
import { createApi } from '../../api/app.ts';
import { Unauthorised } from '../../api/edge.ts';
import type { Caller } from '../../commands/caller.ts';
import type { Deps } from '../../commands/deps.ts';
import type { Look } from '../../pages/pages.ts';
import { createUploads } from '../../pages/upload.ts';
import { createWeb } from '../../web/app.ts';
import type { WebDeps } from '../../web/edge/deps.ts';

const look: Look = { serviceName: 'Care Identity Service', https: false };

/** The API, where the header X-Person stands for a bearer token. */
export const apiOf = (deps: Deps, uploads = createUploads(16)): Express =>
  createApi({
    ...deps,
    uploads,
    async callerOf(req: Request): Promise<Caller> {
      const id = req.get('X-Person');
      if (!id) throw new Unauthorised();
      return { kind: 'person', id, via: 'api', authenticatedAt: new Date() };
    },
  });

/** The pages as one person sees them; every form is taken for one of ours. */
export const webAs = (deps: Deps, person: string): Express => {
  const caller: Caller = { kind: 'person', id: person, via: 'web', authenticatedAt: new Date() };
  const visitors: Omit<WebDeps, keyof Deps> = {
    uploads: createUploads(16),
    visitorOf: () => ({ caller, csrf: 'csrf' }),
    judgeForm: () => 'ours',
    keepTyped: () => Promise.resolve('/resume/1'),
    becomeApplicant: () => Promise.resolve(),
    leaveApplication: () => Promise.resolve(),
  };
  return createWeb({ ...deps, ...visitors }, look, () => {});
};

/** The key a form on a page carries. */
export const keyIn = (html: string): string => /name="key" value="([^"]+)"/.exec(html)![1]!;
