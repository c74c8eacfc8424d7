/** A workstation of the running service that has one reader: its smartcard program, at the same address, with the same cards. */
import { join } from 'node:path';
import { createAgent } from '../../agent/create-agent.ts';
import { readSettings } from '../../agent/settings.ts';
import type { Journey } from './journey.ts';

/** @returns what brings the usual workstation back */
export async function withOneReader({ running, pressSwitch }: Journey): Promise<() => Promise<void>> {
  await pressSwitch('agent', 'off');
  const authority = (name: string) => join(running.files['data']!, 'authority', name);
  const settings = readSettings({
    AGENT_PORT: new URL(running.urls['Smartcards and readers']!).port,
    AGENT_DRIVER: 'software',
    AGENT_DRAWER: running.files['drawer'],
    AGENT_READERS: 'Reader 1',
    ALLOWED_ORIGINS: authority('origins.jws'),
    ALLOWED_ORIGINS_KEY: authority('origins.public.jwk'),
  });
  const agent = await createAgent(settings, (problem) => console.error(problem));
  return async () => {
    await agent.close();
    await pressSwitch('agent', 'on');
  };
}
