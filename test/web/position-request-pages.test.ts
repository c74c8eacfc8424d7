import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { decide, decideSeveral, prepare, submit } from '../../commands/position-request.ts';
import { searchPeople } from '../../commands/person.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, aPosition, aRoleProfile, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { webAs } from '../support/edges.ts';
import { serve } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let browser: Browser;
let elm: Organisation;
beforeAll(async () => {
  service = await startService();
  browser = await openBrowser();
  elm = await anOrganisation(service.orm);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await service.stop();
});

const by = (person: string) => ({ kind: 'person' as const, id: person, via: 'web' as const, key: randomUUID() });
const saved = async <A>(outcome: Promise<{ is: string; answer?: A }>): Promise<A> => {
  const { is, answer } = await outcome;
  if (is !== 'saved' || answer === undefined) throw new Error(is);
  return answer;
};
const what = () => ({ position: elm.position, startsOn: inDays(1), endsOn: inDays(300), why: 'Cover for a colleague & <b>friend</b>' });
const submitted = async () =>
  (await saved(submit.perform(service.deps, by(elm.agent), { organisation: elm.code }, { beneficiary: elm.beneficiary, ...what() }))).id;

/** Every page of position requests and people, as somebody who may see it, at the width of a desktop and of a small phone. */
async function pages(): Promise<Array<{ as: string; path: string; heading: string | RegExp }>> {
  await aRoleProfile(service.orm, { person: elm.beneficiary, organisation: elm.code, jobRole: 'R8009', endsOn: inDays(20) });
  await aPosition(service.orm, { organisation: elm.code, name: 'Practice nurse', jobRole: 'R8001', activities: ['B0360', 'B0401'] });
  const [open, sentBack, approved, one, two] = [
    await submitted(),
    await submitted(),
    await submitted(),
    await submitted(),
    await submitted(),
  ];
  await saved(decide.perform(service.deps, by(elm.sponsor), { id: sentBack }, { decision: 'send-back', text: 'Which desk?' }));
  await saved(decide.perform(service.deps, by(elm.sponsor), { id: approved }, { decision: 'approve' }));
  const several = { request: [one, approved], decision: 'reject' as const, text: 'Nobody is away' };
  const batch = (await saved(decideSeveral.perform(service.deps, by(elm.sponsor), {}, several))).id;
  const place = { person: elm.beneficiary, organisation: elm.code };
  const draft = (await saved(prepare.perform(service.deps, by(elm.agent), place, what()))).id;
  const search = (await saved(searchPeople.perform(service.deps, by(elm.agent), {}, { text: 'adeyemi ben' }))).id;
  const asks = `/people/${elm.beneficiary}`;
  return [
    { as: elm.agent, path: '/people', heading: 'Find a person' },
    { as: elm.agent, path: `/people/searches/${search}`, heading: 'Find a person' },
    { as: elm.agent, path: asks, heading: 'Ben Adeyemi' },
    { as: elm.sponsor, path: asks, heading: 'Ben Adeyemi' },
    { as: elm.receptionist, path: '/me', heading: 'Your details' },
    { as: elm.receptionist, path: '/me/contact', heading: 'Change how you are reached' },
    { as: elm.agent, path: `${asks}/position-requests/new`, heading: 'Where is the position?' },
    { as: elm.agent, path: `${asks}/organisations/${elm.code}/position-requests/new`, heading: 'Ask for a position at Elm Surgery' },
    { as: elm.agent, path: `${asks}/organisations/${elm.trust}/position-requests/new`, heading: 'Ask for a position at Elm Trust' },
    { as: elm.agent, path: `/position-requests/drafts/${draft}`, heading: 'Check your answers' },
    { as: elm.sponsor, path: '/position-requests', heading: 'Position requests' },
    { as: elm.agent, path: '/position-requests?view=yours', heading: 'Position requests' },
    { as: elm.manager, path: '/position-requests?view=closed', heading: 'Position requests' },
    { as: elm.manager, path: '/position-requests?late=yes', heading: 'Position requests' },
    { as: elm.sponsor, path: `/position-requests/${open}`, heading: 'Receptionist for Ben Adeyemi' },
    { as: elm.agent, path: `/position-requests/${sentBack}`, heading: 'Receptionist for Ben Adeyemi' },
    { as: elm.agent, path: `/position-requests/${approved}?done=sent`, heading: 'Receptionist for Ben Adeyemi' },
    { as: elm.manager, path: `/position-requests/${open}/sponsor`, heading: 'Name a sponsor to decide it' },
    { as: elm.sponsor, path: `/position-requests/decisions?request=${open}&request=${two}`, heading: 'Decide 2 requests together' },
    { as: elm.sponsor, path: `/position-requests/decisions/${batch}`, heading: 'What came of your decisions' },
  ];
}

test('every page can be used by everybody, on a desk and on a phone', async () => {
  const all = await pages();
  const { context, page } = await visit(browser);
  for (const as of new Set(all.map((each) => each.as))) {
    const served = await serve(webAs(service.deps, as));
    try {
      for (const { path, heading } of all.filter((each) => each.as === as)) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.goto(`${served.url}${path}`);
        await on(page, heading);
        await page.setViewportSize({ width: 320, height: 800 });
        await on(page, heading);
      }
    } finally {
      await served.close();
    }
  }
  await context.close();
}, 240_000);
