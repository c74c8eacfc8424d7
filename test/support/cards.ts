/** What a test needs of cards: keys of a service of its own, and a workstation with a drawer of software cards. */
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { createCardOrders } from '../../adapters/card-order.ts';
import { createDrawer, type Drawer } from '../../agent/drivers/software.ts';
import { createSession, prepareSecrets } from '../../agent/orders.ts';
import { carryOut } from '../../agent/steps.ts';
import type { ReadyOrder } from '../../commands/card-order.ts';
import type { AgentResult, ListedOrigin, PublicJwk } from '../../domain/agent-protocol.ts';
import { anAuthority, cardTerms } from './authority.ts';

export const issuer = 'http://localhost:1/issuer';
export const origin = 'http://localhost:1';

/** Keys and an authority, as an entry point would read them from its settings. */
export async function cardDeps() {
  const jwk = async (algorithm: string) => {
    const { privateKey } = await generateKeyPair(algorithm, { crv: 'P-256', extractable: true });
    return { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex') };
  };
  const { issuing } = await anAuthority();
  return {
    cardOrders: createCardOrders(
      { order: await jwk('ES256'), sealing: await jwk('ECDH-ES') },
      { issuer, origins: [origin], environment: 'dev' },
    ),
    cardSecretsKey: randomBytes(32),
    authority: { issuing, terms: cardTerms(), isDev: true },
  };
}
export type CardDeps = Awaited<ReturnType<typeof cardDeps>>;

/** A workstation: its agent's session, two readers and blank cards. Does what the agent does, without its window. */
export async function aWorkstation({ cardOrders }: Pick<CardDeps, 'cardOrders'>, cards?: string): Promise<Workstation> {
  const folder = cards ?? (await mkdtemp(join(tmpdir(), 'care-drawer-')));
  const drawer = createDrawer(folder);
  const session = await createSession();
  const listed: ListedOrigin = {
    origin,
    name: 'Care Identity Service',
    issuer,
    operations: ['sign-in', 'prepare', 'order'],
    ...cardOrders.publicKeys,
  };
  return {
    /** The same cards at another workstation, whose agent has another session. */
    moved: (): Promise<Workstation> => aWorkstation({ cardOrders }, folder),
    drawer,
    session: session.publicKey,
    /** A new blank card, in the first reader. */
    async blank(): Promise<string> {
      const serial = await drawer.addBlank();
      await drawer.put(serial, 'Reader 1');
      return serial;
    },
    /** @param changed what this agent says of where it was asked, if not the truth */
    async carryOut(
      ready: ReadyOrder,
      caseId: string,
      { passcode = '', ...changed }: Partial<ListedOrigin> & { passcode?: string } = {},
    ): Promise<AgentResult> {
      const from = { ...listed, ...changed };
      if (ready.order === null) return { sealed: await prepareSecrets({ case: caseId, card: ready.card }, listed.sealingKey) };
      const order = await session.readOrder(ready.order, listed);
      return carryOut({ driver: drawer, from, order, secrets: await session.openSecrets(order), passcode });
    },
  };
}
export interface Workstation {
  drawer: Drawer;
  session: PublicJwk;
  moved(): Promise<Workstation>;
  blank(): Promise<string>;
  carryOut(ready: ReadyOrder, caseId: string, changed?: Partial<ListedOrigin> & { passcode?: string }): Promise<AgentResult>;
}
