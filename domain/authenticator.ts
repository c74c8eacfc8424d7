/**
 * How strong an authenticator is (GPG 44). What a browser says of it proves nothing: a program can say it is a security key. Only a model
 * whose maker signed for it (WebAuthn, 6.5 attestation) gets the level of its model. Asked when one is added, and at each sign-in.
 */
import { z } from 'zod';

export const authenticatorKinds = ['security-key', 'biometrics', 'passkey', 'password-totp'] as const;
export type AuthenticatorKind = (typeof authenticatorKinds)[number];
/** Those that a browser speaks to by WebAuthn. */
export type WebAuthnKind = Exclude<AuthenticatorKind, 'password-totp'>;

export const kindWords: Readonly<Record<AuthenticatorKind, string>> = {
  'security-key': 'Security key',
  biometrics: 'Fingerprint, face or PIN of a device',
  passkey: 'Passkey',
  'password-totp': 'Password and authenticator app',
};

/** One make and model that may be strong. */
export const authenticatorModel = z.strictObject({
  aaguid: z.uuid().transform((text) => text.toLowerCase()),
  description: z.string().min(1).max(200),
  level: z.int().min(1).max(3),
  /** Who signs for it: certificates in base64 (DER). Left out where the FIDO metadata file names them. */
  roots: z.array(z.base64()).min(1).optional(),
});
export type AuthenticatorModel = z.output<typeof authenticatorModel>;
export const authenticatorModels = z
  .array(authenticatorModel)
  .refine((all) => new Set(all.map(({ aaguid }) => aaguid)).size === all.length, { message: 'a model is listed twice' });

/**
 * Allowed unless a setting names others. None of them is strong before the FIDO metadata file, or a list with roots, says who signs for it.
 */
export const usualModels: readonly AuthenticatorModel[] = [
  { aaguid: 'cb69481e-8ff7-4039-93ec-0a2729a154a8', description: 'YubiKey 5 (firmware 5.1)', level: 3 },
  { aaguid: 'ee882879-721c-4913-9775-3dfcce97072a', description: 'YubiKey 5 (firmware 5.2 and 5.4)', level: 3 },
  { aaguid: 'fa2b99dc-9e39-4257-8f92-4a30d23c4118', description: 'YubiKey 5 NFC (firmware 5.1)', level: 3 },
  { aaguid: '2fc0579f-8113-47ea-b116-bb5a8db9202a', description: 'YubiKey 5 NFC (firmware 5.2 and 5.4)', level: 3 },
  { aaguid: 'c5ef55ff-ad9a-4b9f-b580-adebafe026d0', description: 'YubiKey 5Ci', level: 3 },
  { aaguid: '08987058-cadc-4b81-b6e1-30de50dcbe96', description: 'Windows Hello in a TPM', level: 3 },
];

/** Everything that is known of a new authenticator's strength. */
export interface Strengths {
  readonly kind: WebAuthnKind;
  /** Of its model, where its maker signed for it and it is allowed. */
  readonly attested: number | undefined;
}

/** Settings: the most that each kind can be, and what one that nobody signed for is. */
export interface Levels {
  readonly most: Readonly<Record<WebAuthnKind, number>>;
  readonly unattested: number;
}

/** What can be copied to other devices is only ever a passkey, whoever signed for it. */
export function levelOfAuthenticator({ kind, attested }: Strengths, { most, unattested }: Levels): number {
  if (kind === 'passkey') return most.passkey;
  return Math.min(attested ?? unattested, most[kind]);
}
