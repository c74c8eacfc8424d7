/** The systems that sign people in through us in the demo: our own pages, our API, and a pretend clinical system. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientKey, ownClients, signedByKey } from '../own-clients.ts';

export interface Clients {
  /** What the authentication service reads. */
  file: string;
  webKey: string;
  apiKey: string;
  relyingPartyKey: string;
}

export async function writeClients(folder: string, urls: { web: string; relyingParty: string }): Promise<Clients> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(folder, `${name}.pem`);
  const [web, api, relyingParty] = [
    await clientKey(path('web'), 'web'),
    await clientKey(path('api'), 'api'),
    await clientKey(path('relying-party'), 'relying-party'),
  ];
  const clients = [
    ...ownClients(urls.web, { web, api }),
    {
      ...signedByKey,
      client_id: 'demo-clinical-system',
      client_name: 'Willow clinical system',
      redirect_uris: [`${urls.relyingParty}/callback`],
      post_logout_redirect_uris: [`${urls.relyingParty}/`],
      backchannel_logout_uri: `${urls.relyingParty}/back-channel-logout`,
      jwks: { keys: [relyingParty] },
      scope: 'openid profile nhsperson nationalrbacaccess associatedorgs professionalmemberships selectedrole care-identity-api',
      minimum_level: 2,
    },
  ];
  const file = join(folder, 'clients.json');
  writeFileSync(file, JSON.stringify(clients, null, 2), { mode: 0o600 });
  return { file, webKey: path('web'), apiKey: path('api'), relyingPartyKey: path('relying-party') };
}
