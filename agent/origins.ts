/** Who may ask, from a list signed by us. The list is read again whenever the file changes; a list that is not ours allows nobody. */
import { readFile } from 'node:fs/promises';
import { compactVerify, importJWK } from 'jose';
import type { CardDriverKind, Environment, ListedOrigin, PublicJwk } from '../domain/agent-protocol.ts';
import { originList, originListType, takesCardsOf } from '../domain/agent-protocol.ts';

export interface Origins {
  /** Null when nobody of that origin may ask. */
  find(origin: string | undefined): Promise<ListedOrigin | null>;
  /** @throws {Error} unless sites of that list may use this kind of card */
  refuseCards(): Promise<void>;
}

/**
 * @param signedBy the key of those who keep the list, put on the workstation with the agent
 * @param of.driver the kind of its cards: a list of production allows nobody to use software cards
 */
export function createOrigins(
  path: string,
  signedBy: PublicJwk,
  { driver, complain }: { driver: CardDriverKind; complain: (text: string) => void },
): Origins {
  let known: ReadList & { text: string } = { text: '', environment: 'production', origins: [], until: Infinity };
  const read = async () => {
    const text = (await readFile(path, 'utf8')).trim();
    if (text !== known.text) known = { text, ...(await readOriginList(text, signedBy)) };
    if (!takesCardsOf(driver, known.environment))
      throw new Error(`${driver} cards are for development, and the list is of ${known.environment}`);
    return known;
  };
  return {
    async find(origin) {
      if (origin === undefined) return null;
      try {
        const { origins, until } = await read();
        return Date.now() < until ? (origins.find((each) => each.origin === origin) ?? null) : null;
      } catch (error) {
        complain(`The list of allowed sites cannot be used: ${error instanceof Error ? error.message : String(error)}`);
        return null;
      }
    },
    async refuseCards() {
      await read();
    },
  };
}

interface ReadList {
  environment: Environment;
  origins: ListedOrigin[];
  until: number;
}

/** @throws when the signature, the type or the content is not right */
export async function readOriginList(jws: string, signedBy: PublicJwk): Promise<ReadList> {
  const { payload, protectedHeader } = await compactVerify(jws, await importJWK(signedBy, 'ES256'), { algorithms: ['ES256'] });
  if (protectedHeader.typ !== originListType) throw new Error(`Type is ${protectedHeader.typ}, not ${originListType}`);
  const { environment, origins, exp } = originList.parse(JSON.parse(new TextDecoder().decode(payload)));
  return { environment, origins, until: exp === undefined ? Infinity : exp * 1000 };
}
