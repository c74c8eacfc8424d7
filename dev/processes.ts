/** Our own processes, each with its settings and nothing more. Authentication first: the others ask it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environments } from './environment.ts';
import type { Running } from './running.ts';
import { startProcess } from './services/processes.ts';
import type { DevSettings } from './settings.ts';

const entry = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export async function startProcesses(environments: Environments, settings: DevSettings, running: Running): Promise<void> {
  const log = (name: string) => join(settings.DATA_FOLDER, 'logs', `${name}.log`);
  const begin = ({ name, path, ready }: OwnProcess) =>
    running.start(name, () => startProcess({ name, entry: entry(path), env: environments[name], logFile: log(name), ready }));
  await begin({ name: 'authentication', path: 'authentication/server.ts', ready: at(settings.AUTHENTICATION_PORT, '/ready') });
  await Promise.all(
    (
      [
        { name: 'agent', path: 'agent/agent.ts', ready: at(settings.AGENT_PORT, '/') },
        { name: 'web', path: 'web/server.ts', ready: at(settings.WEB_PORT, '/ready') },
        { name: 'api', path: 'api/server.ts', ready: at(settings.API_PORT, '/ready') },
        { name: 'workflow-worker', path: 'workers/workflow-worker.ts', ready: at(settings.WORKFLOW_WORKER_PORT, '/ready') },
        { name: 'job-worker', path: 'workers/job-worker.ts', ready: at(settings.JOB_WORKER_PORT, '/ready') },
        { name: 'relying-party', path: 'dev/relying-party.ts', ready: at(settings.RELYING_PARTY_PORT, '/health') },
      ] as const
    ).map(begin),
  );
}

interface OwnProcess {
  name: keyof Environments;
  path: string;
  ready: string;
}

const at = (port: number, path: string) => `http://localhost:${port}${path}`;
