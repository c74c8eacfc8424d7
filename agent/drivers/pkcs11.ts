/**
 * Real smartcards, through the PKCS#11 library of their maker. The PUK is the SO PIN. Before the holder has a passcode, the PIN is one
 * that the management key gives. How many wrong PINs lock a card is the card's own.
 */
import { createHash, X509Certificate } from 'node:crypto';
import type * as Graphene from 'graphene-pk11';
import type { Card, CardState, Reader } from '../../domain/agent-protocol.ts';
import { keyUses } from '../../domain/agent-protocol.ts';
import { certificatesOf } from './certificates.ts';
import type { Access, CardDriver, CardKey, CertifiedKey } from './driver.ts';
import { CardError, forBoth } from './driver.ts';
import type { KeyName, Pkcs11 } from './pkcs11-token.ts';
import {
  certificateOf,
  completePairs,
  hasPasscode,
  loggedIn,
  makeKey,
  markPasscode,
  onToken,
  publicKeyOf,
  removeOthers,
  signHash,
  writeCertificate,
} from './pkcs11-token.ts';

/**
 * @param library path of the maker's library @param factorySoPin the SO PIN that blank cards come with
 * @throws {Error} when the native part of graphene-pk11, which is optional, is not there, or the library does not load
 */
export async function createPkcs11Driver(library: string, factorySoPin?: string): Promise<CardDriver & { close(): void }> {
  const pkcs11: Pkcs11 = await import('graphene-pk11');
  const loaded = pkcs11.Module.load(library);
  loaded.initialize();
  const { USER, SO } = pkcs11.UserType;

  const slots = () => {
    const found = loaded.getSlots(false);
    return Array.from({ length: found.length }, (_, index) => found.items(index));
  };
  const onCard = <T>(serial: string, act: (session: Graphene.Session, token: Graphene.Token) => T): T => {
    const slot = slots().find((each) => tokenIn(pkcs11, each)?.serialNumber === serial);
    if (!slot) throw new CardError('NO_CARD');
    return onToken(pkcs11, slot, (session) => act(session, slot.getToken()));
  };
  const asHolder = <T>(serial: string, pin: string, act: (session: Graphene.Session) => T): T =>
    onCard(serial, (session) => loggedIn(session, pin, USER, () => act(session)));
  const pinOf = ({ passcode, managementKey }: Access) => passcode ?? transportPin(managementKey);

  const keyOf = (serial: string, pin: string, name: KeyName, publicKey: Buffer): CardKey => ({
    publicKey,
    sign: async (data) => asHolder(serial, pin, (session) => signHash(pkcs11, session, name, createHash('sha256').update(data).digest())),
  });

  return {
    kind: 'pkcs11',
    close: () => loaded.finalize(),

    async readers() {
      return slots().map((slot): Reader => {
        const token = tokenIn(pkcs11, slot);
        return { name: slot.slotDescription, card: token ? onToken(pkcs11, slot, (session) => describe(pkcs11, session, token)) : null };
      });
    },

    async setUp(serial, { puk, managementKey }) {
      onCard(serial, (session, token) => {
        if (hasPasscode(pkcs11, session)) throw new CardError('NOT_BLANK');
        const isBegun = (token.flags & pkcs11.TokenFlag.USER_PIN_INITIALIZED) !== 0;
        if (!isBegun && !canLogIn(session, puk, SO)) {
          if (factorySoPin === undefined) throw new Error('PKCS11_FACTORY_SO_PIN is needed to set up a card');
          loggedIn(session, factorySoPin, SO, () => session.setPin(factorySoPin, puk));
        } else if (isBegun && !canLogIn(session, puk, SO)) throw new CardError('NOT_BLANK');
        loggedIn(session, puk, SO, () => session.initPin(transportPin(managementKey)));
      });
    },

    async makeKeys(serial, access) {
      const pin = pinOf(access);
      const names = forBoth((use) => ({ caseId: access.case, use }));
      const publicKeys = asHolder(serial, pin, (session) => {
        const newest = completePairs(pkcs11, session)[0]?.case ?? access.case;
        removeOthers(pkcs11, session, [newest, access.case]);
        for (const use of keyUses) if (!publicKeyOf(pkcs11, session, names[use])) makeKey(pkcs11, session, names[use]);
        return forBoth((use) => publicKeyOf(pkcs11, session, names[use]) ?? Buffer.alloc(0));
      });
      return forBoth((use) => keyOf(serial, pin, names[use], publicKeys[use]));
    },

    async writeCertificates(serial, access, certificates) {
      asHolder(serial, pinOf(access), (session) => {
        for (const use of keyUses) {
          const publicKey = publicKeyOf(pkcs11, session, { caseId: access.case, use });
          if (!publicKey) throw new CardError('NOT_READY');
          const spki = new X509Certificate(certificates[use]).publicKey.export({ type: 'spki', format: 'der' });
          if (!spki.equals(publicKey)) throw new CardError('NOT_THE_KEY');
        }
        for (const use of keyUses) writeCertificate(pkcs11, session, { caseId: access.case, use }, certificates[use]);
      });
    },

    async setPasscode(serial, { puk, passcode }) {
      onCard(serial, (session) => {
        if (!canLogIn(session, puk, SO)) throw new CardError('WRONG_SECRET');
        loggedIn(session, puk, SO, () => session.initPin(passcode));
        loggedIn(session, passcode, USER, () => markPasscode(pkcs11, session));
      });
    },

    async open(serial, passcode, caseId) {
      const pair = asHolder(serial, passcode, (session) => {
        const complete = completePairs(pkcs11, session);
        const found = caseId === undefined ? complete[0] : complete.find((each) => each.case === caseId);
        if (!found) throw new CardError('NOT_READY');
        return forBoth((use) => {
          const name = { caseId: found.case, use };
          return { name, publicKey: publicKeyOf(pkcs11, session, name), certificate: certificateOf(pkcs11, session, name) };
        });
      });
      return forBoth((use): CertifiedKey => {
        const { name, publicKey, certificate } = pair[use];
        if (!publicKey || !certificate) throw new CardError('NOT_READY');
        return { ...keyOf(serial, passcode, name, publicKey), certificate };
      });
    },

    async finish(serial, { case: caseId, passcode }) {
      asHolder(serial, passcode, (session) => {
        if (!completePairs(pkcs11, session).some((pair) => pair.case === caseId)) throw new CardError('NOT_READY');
        removeOthers(pkcs11, session, [caseId]);
      });
    },

    /** PKCS#11 tells only "low" and "last". */
    async triesLeft(serial) {
      return onCard(serial, (_session, token) => ((token.flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY) !== 0 ? 1 : null));
    },
  };
}

/** Digits, so that any card takes it; it is gone when the holder chooses a passcode. */
const transportPin = (managementKey: string) => (BigInt(`0x${managementKey}`) % 100_000_000n).toString().padStart(8, '0');

/** Null for an empty reader, and for a token that its maker has not made ready. */
function tokenIn({ SlotFlag, TokenFlag }: Pkcs11, slot: Graphene.Slot): Graphene.Token | null {
  if ((slot.flags & SlotFlag.TOKEN_PRESENT) === 0) return null;
  const token = slot.getToken();
  return (token.flags & TokenFlag.TOKEN_INITIALIZED) !== 0 && token.serialNumber !== '' ? token : null;
}

function describe(pkcs11: Pkcs11, session: Graphene.Session, token: Graphene.Token): Card {
  const certificates = completePairs(pkcs11, session).flatMap((pair) => certificatesOf(pair.case, pair.certificates));
  return { serial: token.serialNumber, state: stateOf(pkcs11, session, token), certificates };
}

function stateOf(pkcs11: Pkcs11, session: Graphene.Session, { flags }: Graphene.Token): CardState {
  const { USER_PIN_INITIALIZED, USER_PIN_LOCKED, SO_PIN_LOCKED } = pkcs11.TokenFlag;
  if ((flags & USER_PIN_INITIALIZED) === 0) return 'blank';
  if ((flags & USER_PIN_LOCKED) !== 0) return (flags & SO_PIN_LOCKED) === 0 ? 'locked' : 'blocked';
  return hasPasscode(pkcs11, session) ? 'ready' : 'set-up';
}

/** Uses a try when it is wrong. */
function canLogIn(session: Graphene.Session, pin: string, who: Graphene.UserType): boolean {
  try {
    loggedIn(session, pin, who, () => undefined);
    return true;
  } catch (error) {
    if ((error as { code?: number }).code === 0xa0) return false;
    throw error;
  }
}
