/** Connected systems, as integration staff register and look after them. */
import { Router } from 'express';
import {
  changeConnection,
  decideConnectionChange,
  registerConnection,
  switchConnection,
  withdrawConnectionChange,
} from '../../commands/connection-acts.ts';
import {
  addConnectionKey,
  makeConnectionSecret,
  mostSecrets,
  previewKeyRemoval,
  previewSecretRemoval,
  proofForm,
  removeConnectionKey,
  removeConnectionSecret,
} from '../../commands/connection-proof.ts';
import {
  connectionForm,
  listConnections,
  previewSwitch,
  showConnection,
  showConnectionChange,
  whereToConnect,
} from '../../commands/connection.ts';
import { triedConnection, tryConnection } from '../../commands/connection-trial.ts';
import { clientEnvironments } from '../../db/client/client.ts';
import { trialCallback } from '../../domain/client.ts';
import { environmentWords } from '../../domain/client-words.ts';
import { filters } from '../../pages/filters.ts';
import type { WebDeps } from '../edge/deps.ts';
import { pagesOf } from '../edge/fields.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { atOnlyPlace } from '../edge/places.ts';
import { joinDays } from '../position-request/day-boxes.ts';
import type { Trials } from './trial.ts';
import { choices, emptyFields, fieldsOf, readRegistration } from './fields.ts';
import { failureWords, stateWords } from './words.ts';

const folder = '/connections';
const one = `${folder}/:id`;
const pathOf = ({ id }: { id: string }) => `${folder}/${id}`;

export function connectionRoutes(deps: WebDeps): Router {
  const router = Router();
  mountPage(router, deps, {
    path: folder,
    query: listConnections,
    template: 'connection/list.njk',
    view: ({ counts, next }, { query }) => ({
      stateWords,
      hasSandbox: deps.sandbox !== null,
      environments: clientEnvironments.map((value) => ({ value, text: filters.capital(value) })),
      stateCounts: Object.entries(stateWords).map(([value, text]) => ({
        value,
        text,
        n: counts.filter(({ state }) => state === value).reduce((sum, { n }) => sum + n, 0),
      })),
      ...pagesOf(folder, query, { filters: ['environment', 'state', 'name'], next }),
    }),
  });
  registering(router, deps);
  const page: Page<typeof showConnection> = {
    path: one,
    query: showConnection,
    template: 'connection/show.njk',
    view: ({ activity }) => ({
      back: folder,
      stateWords,
      mostSecrets,
      hasTrials: deps.trials !== undefined,
      failures: activity.failures.map((each) => ({ ...each, words: failureWords(each) })),
    }),
  };
  mountPage(router, deps, page);
  changing(router, deps);
  proving(router, deps);
  if (deps.trials) trying(router, deps, deps.trials);
  return router;
}

function registering(router: Router, deps: WebDeps): void {
  const path = `/organisations/:organisation${folder}`;
  mountPage(router, deps, {
    path: `${folder}/new`,
    query: whereToConnect,
    template: 'connection/where.njk',
    view: () => ({ back: folder }),
    redirect: atOnlyPlace((code) => `/organisations/${code}${folder}/new`),
  });
  const page: Page<typeof connectionForm> = {
    path: `${path}/new`,
    query: connectionForm,
    template: 'connection/new.njk',
    view: () => ({ back: folder, choices, given: emptyFields() }),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, {
    path,
    command: registerConnection,
    page,
    read: readRegistration,
    next: ({ id }) => `${pathOf({ id })}?done=registered`,
  });
}

function changing(router: Router, deps: WebDeps): void {
  const page: Page<typeof showConnection> = {
    path: `${one}/change`,
    query: showConnection,
    template: 'connection/change.njk',
    view: (answer) => ({ back: pathOf(answer), choices, given: fieldsOf(answer) }),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, {
    path: `${one}/change`,
    command: changeConnection,
    page,
    read: readRegistration,
    next: ({ id, change }) => `${pathOf({ id })}?done=${change ? 'asked' : 'changed'}`,
  });

  const asked: Page<typeof showConnectionChange> = {
    path: `${one}/changes/:change`,
    query: showConnectionChange,
    template: 'connection/asked.njk',
    view: (answer) => ({ back: pathOf(answer) }),
  };
  mountPage(router, deps, asked);
  mountForm(router, deps, {
    path: `${asked.path}/decision`,
    command: decideConnectionChange,
    page: asked,
    next: ({ id, answer }) => `${pathOf({ id })}?done=${answer}`,
  });
  mountForm(router, deps, {
    path: `${asked.path}/withdrawal`,
    command: withdrawConnectionChange,
    page: asked,
    next: ({ id }) => `${pathOf({ id })}?done=withdrawn`,
  });

  const switching: Page<typeof previewSwitch> = {
    path: `${one}/switch`,
    query: previewSwitch,
    template: 'connection/switch.njk',
    view: (answer) => ({ back: pathOf(answer), environmentWords }),
  };
  mountPage(router, deps, switching);
  mountForm(router, deps, {
    path: switching.path,
    command: switchConnection,
    page: switching,
    next: ({ id, state }) => `${pathOf({ id })}?done=${state}`,
  });
}

function trying(router: Router, deps: WebDeps, trials: Trials): void {
  const view = (answer: { id: string }) => ({ back: pathOf(answer) });
  mountPage(router, deps, { path: `${one}/trial`, query: tryConnection, template: 'connection/trial.njk', view });
  mountPage(router, deps, {
    path: `${one}/trial/sign-in`,
    query: tryConnection,
    template: 'connection/trial.njk',
    redirect: (system, req) => trials.begin(req, system, system.prompt),
  });
  mountPage(router, deps, {
    path: trialCallback,
    query: triedConnection,
    template: 'connection/tried.njk',
    view: async (_answer, req) => {
      req.res?.set('Cache-Control', 'no-store');
      return { back: folder, tried: await trials.finish(req) };
    },
  });
}

const lastDay = (fields: Record<string, unknown>) => joinDays(fields, ['lastDay']);

/** A key as it was pasted: text that is no JSON stays text, which no schema takes for a key. A set of one is that one. */
function readKey(fields: Record<string, unknown>): Record<string, unknown> {
  const { jwk, ...rest } = lastDay(fields);
  if (typeof jwk !== 'string') return rest;
  try {
    const parsed = JSON.parse(jwk) as { keys?: unknown[] };
    return { ...rest, jwk: Array.isArray(parsed.keys) && parsed.keys.length === 1 ? parsed.keys[0] : parsed };
  } catch {
    return { ...rest, jwk };
  }
}

function proving(router: Router, deps: WebDeps): void {
  const view = (answer: { id: string }) => ({ back: pathOf(answer) });
  const key: Page<typeof proofForm> = { path: `${one}/keys/new`, query: proofForm, template: 'connection/key.njk', view };
  mountPage(router, deps, key);
  mountForm(router, deps, {
    path: `${one}/keys`,
    command: addConnectionKey,
    page: key,
    read: readKey,
    next: ({ id }) => `${pathOf({ id })}?done=key-added`,
  });
  const secret: Page<typeof proofForm> = { path: `${one}/secrets/new`, query: proofForm, template: 'connection/secret.njk', view };
  mountPage(router, deps, secret);
  mountForm(router, deps, {
    path: `${one}/secrets`,
    command: makeConnectionSecret,
    page: secret,
    read: lastDay,
    next: { shows: 'connection/secret-made.njk' },
  });

  const next = (what: string) => (answer: { id: string }) => `${pathOf(answer)}?done=${what}-removed`;
  const template = 'connection/removal.njk';
  const keyRemoval: Page<typeof previewKeyRemoval> = { path: `${one}/keys/:kid/removal`, query: previewKeyRemoval, template, view };
  mountPage(router, deps, keyRemoval);
  mountForm(router, deps, { path: keyRemoval.path, command: removeConnectionKey, page: keyRemoval, next: next('key') });
  const path = `${one}/secrets/:secret/removal`;
  const secretRemoval: Page<typeof previewSecretRemoval> = { path, query: previewSecretRemoval, template, view };
  mountPage(router, deps, secretRemoval);
  mountForm(router, deps, { path, command: removeConnectionSecret, page: secretRemoval, next: next('secret') });
}
