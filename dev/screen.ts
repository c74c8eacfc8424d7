/** What a newcomer is told once everything runs; the same as JSON for scripts. */
import { writeFileSync } from 'node:fs';
import { fullName } from '../db/person/person.ts';
import { serialOf } from './demo/cards.ts';
import { people } from './demo/people.ts';
import type { Places } from './services.ts';
import type { DevSettings } from './settings.ts';

export interface Details {
  urls: Record<string, string>;
  people: Array<{ name: string; careId: string; does: string; passcode: string; card: string; email: string }>;
  blankCards: string[];
  files: Record<string, string>;
}

export function writeDetails(file: string, settings: DevSettings, places: Places, { drawer }: { drawer: string }): Details {
  const local = (port: number, path = '') => `http://localhost:${port}${path}`;
  const details: Details = {
    urls: {
      'Back office': local(settings.WEB_PORT),
      'Apply for a Care ID': local(settings.WEB_PORT, '/apply'),
      'Demo clinical system': local(settings.RELYING_PARTY_PORT),
      'Smartcards and readers': local(settings.AGENT_PORT, '/drawer'),
      ...(places.inbox && { 'E-mail inbox': places.inbox }),
      ...(places.temporalUi && { 'Temporal workflows': places.temporalUi }),
      'What runs here': local(settings.SWITCHBOARD_PORT),
      'API (OpenAPI)': local(settings.API_PORT, '/v1/openapi.json'),
      'Sign-in service': local(settings.AUTHENTICATION_PORT),
    },
    people: people.map((person) => ({
      name: fullName(person),
      careId: person.careId,
      does: person.does,
      passcode: person.passcode,
      card: serialOf(person),
      email: person.email,
    })),
    blankCards: ['8000000000001001', '8000000000001002', '8000000000001003', '8000000000001004'],
    files: { data: settings.DATA_FOLDER, drawer, logs: `${settings.DATA_FOLDER}/logs` },
  };
  writeFileSync(file, JSON.stringify({ ...details, places }, null, 2));
  return details;
}

export function showScreen({ urls, people: persons, files }: Details, file: string, say: (line: string) => void): void {
  say('\nThe Care Identity Service is up. Open in a browser:');
  for (const [name, url] of Object.entries(urls)) say(`  ${name.padEnd(24)} ${url}`);
  say('\nWho can sign in: put the card in a reader on the smartcards page, then type the passcode. Everybody is made up.');
  for (const { name, does, passcode, card } of persons) say(`  ${name.padEnd(16)} card ${card}  passcode ${passcode}  ${does}`);
  say(`\nThe same as JSON: ${file}. Logs: ${files['logs']}. Stop with Ctrl-C; delete ${files['data']} to begin again.`);
}
