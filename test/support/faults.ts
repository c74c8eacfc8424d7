/** The running service with a hand on its switches, and people who use its pages by HTTP alone, so that a test is quick to send. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { createDrawer } from '../../agent/drivers/software.ts';
import { signStatement } from '../../agent/signed.ts';
import { createOrm } from '../../db/orm.ts';
import { PersonRow } from '../../db/person/person.ts';
import { randomCareId } from '../../db/position-request/role-profile.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from './http-browser.ts';
import type { Running } from './journey.ts';

jest.setTimeout(240_000);

export async function startFaults() {
  const running = JSON.parse(readFileSync(process.env['TEST_SYSTEM']!, 'utf8')) as Running;
  const orm = await createOrm(running.places.database);
  const redis = new Redis(running.places.redis);
  redis.on('error', () => {}); // it is switched off, too
  const drawer = createDrawer(running.files['drawer']!);
  const web = running.urls['Back office']!;
  const authentication = running.urls['Sign-in service']!;
  const issuer = `${authentication}/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare`;

  const press = async (name: string, action: 'off' | 'on' | 'kill') => {
    const url = `${running.urls['What runs here']!}/switches/${encodeURIComponent(name)}/${action}`;
    const { status } = await fetch(url, { method: 'POST', headers: { 'X-Care-Dev': '1' }, redirect: 'manual' });
    if (status !== 303) throw new Error(`${action} ${name} answered ${status}`);
  };
  const stateOf = async (name: string) => {
    const all = (await (await fetch(`${running.urls['What runs here']!}/switches.json`)).json()) as Array<{
      name: string;
      state: string;
      pid: number;
    }>;
    return all.find((each) => each.name === name)!;
  };

  /** What the page's script does with a card in the reader. */
  async function useCard(browser: HttpBrowser, page: Seen, { card, passcode }: { card: string; passcode: string }): Promise<Seen> {
    const { body } = await browser.json(`${page.url}/card/challenge`);
    await drawer.put(card, 'Reader 1');
    const { authentication: key } = await drawer.open(card, passcode);
    await drawer.put(null, 'Reader 1');
    const said = {
      purpose: 'sign-in',
      use: 'authentication',
      origin: authentication,
      aud: issuer,
      card,
      driver: 'software',
      nonce: body['nonce']!,
    } as const;
    const statement = await signStatement(key, { ...said, iat: Math.floor(Date.now() / 1000) });
    return browser.post(`${page.url}/card`, { statement });
  }

  return {
    running,
    orm,
    redis,
    off: (name: string) => press(name, 'off'),
    on: (name: string) => press(name, 'on'),
    /** Ends it as a crash would, and waits until the supervisor has another one up. */
    async crash(name: string): Promise<void> {
      const before = await stateOf(name);
      await press(name, 'kill');
      for (let tries = 0; tries < 300; tries++) {
        const now = await stateOf(name);
        if (now.state === 'up' && now.pid !== before.pid) return;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      throw new Error(`${name} did not come back`);
    },
    async signedIn(name: string) {
      const browser = anHttpBrowser();
      const page = await useCard(
        browser,
        await browser.get(`${web}/`),
        running.people.find((person) => person.name === name)!,
      );
      if (!page.url.startsWith(web) || page.status !== 200)
        throw new Error(`${name} is not signed in: ${page.status} ${page.url} ${page.title}`);
      return {
        get: (path: string) => browser.get(web + path),
        /** Sends the form of a page whose action begins so, with its hidden fields and what is typed. */
        send: (page_: Seen, action: string, typed: Record<string, string> = {}) => {
          const form = formOf(page_, action);
          return browser.post(new URL(form.action, page_.url).href, { ...form.hidden, ...typed });
        },
      };
    },
    /** Somebody whom the pretend clinical system lets in. @returns what they see there now */
    async signedInAtClinicalSystem(card: { card: string; passcode: string }): Promise<() => Promise<Seen>> {
      const system = running.urls['Demo clinical system']!;
      const browser = anHttpBrowser();
      await useCard(browser, await browser.get(`${system}/sign-in`), card);
      return () => browser.get(system);
    },
    async aNewcomer() {
      const id = randomUUID();
      const row = {
        id,
        careId: randomCareId(),
        state: 'active' as const,
        givenNames: 'Ada',
        familyName: `Nwosu-${id.slice(0, 6)}`,
        dateOfBirth: '1990-06-01',
        email: `ada.${id.slice(0, 8)}@care-demo.example`,
        organisation: 'RZ9',
        identityAssuranceLevel: 3,
        termsVersion: 1,
        createdAt: new Date(),
      };
      await orm.em.fork().insert(PersonRow, row);
      return row;
    },
    async letters(address: string): Promise<Array<{ subject: string }>> {
      const all = (await (await fetch(`${running.places.inbox}/api/email`)).json()) as Array<{
        subject: string;
        to: Array<{ address: string }>;
      }>;
      return all.filter(({ to }) => to.some((each) => each.address === address));
    },
    async stop(): Promise<void> {
      redis.disconnect();
      await orm.close();
    },
  };
}
export type Faults = Awaited<ReturnType<typeof startFaults>>;
export type SignedIn = Awaited<ReturnType<Faults['signedIn']>>;

/** The form whose action begins with this, with its hidden fields. */
export function formOf({ text, url }: Seen, action: string): { action: string; hidden: Record<string, string> } {
  for (const [, attributes = '', body = ''] of text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)) {
    const at = unescaped(/action="([^"]*)"/.exec(attributes)?.[1] ?? '');
    if (!at.startsWith(action)) continue;
    const fields = [...body.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
      /name="([^"]*)"/.exec(input)?.[1] ?? '',
      unescaped(/value="([^"]*)"/.exec(input)?.[1] ?? ''),
    ]);
    return { action: at, hidden: Object.fromEntries(fields) as Record<string, string> };
  }
  throw new Error(`No form to ${action} at ${url}`);
}

const unescaped = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
