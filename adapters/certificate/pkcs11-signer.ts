/** The issuing key in a hardware module (PKCS#11): it is made there and never leaves. */
import { createHash, createPublicKey } from 'node:crypto';
import type * as Graphene from 'graphene-pk11';
import type { Curve, Signer } from './signer.ts';
import { curveOf, hashOf } from './signer.ts';

export interface Pkcs11Key {
  /** Path of the module's library. */
  readonly library: string;
  /** Of the token that has the key. */
  readonly tokenLabel: string;
  readonly pin: string;
  /** Of the key. */
  readonly label: string;
}

const curves = { 'P-256': 'secp256r1', 'P-384': 'secp384r1' } as const satisfies Record<Curve, string>;
const pointBytes = { 'P-256': 65, 'P-384': 97 } as const satisfies Record<Curve, number>;
/** What stands before the point in the SubjectPublicKeyInfo of a key of each curve (RFC 5480). */
const spkiStarts = {
  'P-256': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
  'P-384': '3076301006072a8648ce3d020106052b81040022036200',
} as const satisfies Record<Curve, string>;

/**
 * Logged in until closed, as a server is.
 *
 * @param make the curve of the key to make, when the token has none of that label
 * @throws {Error} when there is no such token, PIN or key
 */
export async function openPkcs11Signer(where: Pkcs11Key, make?: Curve): Promise<Signer & { close(): void }> {
  const pkcs11 = await import('graphene-pk11');
  const loaded = pkcs11.Module.load(where.library);
  loaded.initialize();
  const session = slotOf(loaded, where.tokenLabel).open(pkcs11.SessionFlag.SERIAL_SESSION | pkcs11.SessionFlag.RW_SESSION);
  session.login(where.pin);
  const find = (kind: Graphene.ObjectClass) => {
    const found = session.find({ class: kind, label: where.label });
    return found.length > 0 ? found.items(0) : null;
  };
  if (make && !find(pkcs11.ObjectClass.PRIVATE_KEY)) makeKey(pkcs11, session, where.label, make);
  const [publicKey, privateKey] = [find(pkcs11.ObjectClass.PUBLIC_KEY), find(pkcs11.ObjectClass.PRIVATE_KEY)];
  if (!publicKey || !privateKey) throw new Error(`The token ${where.tokenLabel} has no key ${where.label}`);
  const spki = spkiOf(publicKey.getAttribute({ pointEC: null }).pointEC ?? Buffer.alloc(0));
  const curve = curveOf(createPublicKey({ key: spki, format: 'der', type: 'spki' }));
  const hash = hashOf[curve].replace('-', '').toLowerCase();
  return {
    curve,
    publicKey: spki,
    sign: async (data) =>
      session.createSign('ECDSA', privateKey.toType<Graphene.PrivateKey>()).once(createHash(hash).update(data).digest()),
    close: () => loaded.finalize(),
  };
}

function slotOf(module: Graphene.Module, tokenLabel: string): Graphene.Slot {
  const slots = module.getSlots(true);
  const all = Array.from({ length: slots.length }, (_, index) => slots.items(index));
  const slot = all.find((each) => each.getToken().label === tokenLabel);
  if (!slot) throw new Error(`There is no token ${tokenLabel}`);
  return slot;
}

function makeKey({ KeyGenMechanism, KeyType, NamedCurve }: typeof Graphene, session: Graphene.Session, label: string, curve: Curve): void {
  const about = { keyType: KeyType.EC, label, id: Buffer.from(label), token: true };
  session.generateKeyPair(
    KeyGenMechanism.EC,
    { ...about, private: false, verify: true, paramsEC: NamedCurve.getByName(curves[curve]).value },
    { ...about, private: true, sign: true, sensitive: true, extractable: false },
  );
}

/** @param point as the module gives it: in an OCTET STRING, or bare */
function spkiOf(point: Buffer): Buffer {
  const curve: Curve = point.length >= pointBytes['P-384'] ? 'P-384' : 'P-256';
  return Buffer.concat([Buffer.from(spkiStarts[curve], 'hex'), point.subarray(-pointBytes[curve])]);
}
