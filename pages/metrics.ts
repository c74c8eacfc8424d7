/**
 * Figures for Prometheus: how many, how long, how they ended. Labels are names of routes, kinds and outcomes, never of people, their
 * organisations or addresses.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Express, RequestHandler } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export const registry = new Registry();

export const requestSeconds = new Histogram({
  name: 'care_request_seconds',
  help: 'Time to answer, by route',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [registry],
});
export const signIns = new Counter({
  name: 'care_sign_ins_total',
  help: 'Sign-ins that were tried, by method and by how they ended: succeeded, or the code of a failure',
  labelNames: ['method', 'outcome'] as const,
  registers: [registry],
});
export const tokens = new Counter({
  name: 'care_tokens_total',
  help: 'Answers of the token endpoint: issued, or the code of a refusal',
  labelNames: ['outcome'] as const,
  registers: [registry],
});
export const systemsTold = new Counter({
  name: 'care_systems_told_total',
  help: 'Systems that were told that a sign-in ended, by how they took it',
  labelNames: ['answer'] as const,
  registers: [registry],
});
export const auditWaiting = new Gauge({
  name: 'care_audit_waiting',
  help: 'Audit records that wait for PostgreSQL',
  registers: [registry],
});
export const databaseAway = new Gauge({
  name: 'care_database_away',
  help: '1 while PostgreSQL does not answer this process',
  registers: [registry],
});

/** @param token whoever asks for the figures shows it; without one there are none */
export function setUpMetrics(app: Express, { name, token }: { name: string; token: string | undefined }): void {
  registry.setDefaultLabels({ process: name });
  if (token) collectDefaultMetrics({ register: registry });
  app.use(measured);
  app.get('/metrics', async (req, res) => {
    if (!token || !isSame(req.get('Authorization') ?? '', `Bearer ${token}`)) return void res.status(404).end();
    res.type(registry.contentType).send(await registry.metrics());
  });
}

/** By the pattern of the route: an address may hold ids. */
const measured: RequestHandler = (req, res, next) => {
  const done = requestSeconds.startTimer({ method: req.method });
  res.on('finish', () => done({ route: patternOf(req), status: String(res.statusCode) }));
  next();
};

function patternOf({ route, baseUrl, res }: Parameters<RequestHandler>[0]): string {
  const pattern = (route as { path?: unknown } | undefined)?.path;
  if (typeof pattern === 'string') return `${baseUrl}${pattern}`;
  return (res?.locals['measuredAs'] as string | undefined) ?? 'other';
}

function isSame(shown: string, expected: string): boolean {
  const [one, two] = [Buffer.from(shown), Buffer.from(expected)];
  return one.length === two.length && timingSafeEqual(one, two);
}
