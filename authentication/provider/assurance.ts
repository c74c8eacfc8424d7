/** How strong a sign-in is, and what relying parties may ask it to be. */
import type { SignInMethod } from '../../db/sign-in/sign-in.ts';
import type { Levels } from '../../domain/authenticator.ts';
import type { AuthenticationSettings } from '../settings.ts';

/** What each asked-for context class means: the least level, and the methods that satisfy it. */
const classes: Readonly<Record<string, { level: 1 | 2 | 3; methods?: readonly SignInMethod[] }>> = {
  AAL1_USERPASS: { level: 1 },
  AAL2_ANY: { level: 2 },
  AAL2_TOTP: { level: 2, methods: ['password-totp'] },
  AAL2_OR_AAL3_ANY: { level: 2 },
  AAL3_ANY: { level: 3 },
  AAL3_IOS: { level: 3, methods: ['biometrics'] },
  AAL3_FIDO2: { level: 3, methods: ['security-key', 'biometrics', 'passkey'] },
  AAL3_SMARTCARD: { level: 3, methods: ['smartcard'] },
  AAL3_CIS2_SMARTCARD: { level: 3, methods: ['smartcard'] },
  AAL3_N3_SMARTCARD: { level: 3, methods: ['smartcard'] },
};
export const acrValues = Object.keys(classes);

export interface Strength {
  method: SignInMethod;
  level: number;
}

/** @param acr one of acrValues */
export function satisfies({ method, level }: Strength, acr: string): boolean {
  const wanted = classes[acr];
  return wanted !== undefined && level >= wanted.level && (wanted.methods?.includes(method) ?? true);
}

/** What a sign-in of this method is called when nothing in particular was asked for. */
export function ownClass({ method, level }: Strength): string {
  if (method === 'password-totp') return level < 2 ? 'AAL1_USERPASS' : 'AAL2_TOTP';
  if (level < 3) return 'AAL2_ANY';
  return method === 'smartcard' ? 'AAL3_CIS2_SMARTCARD' : 'AAL3_FIDO2';
}

/** RFC 8176. */
export const amrOf: Record<SignInMethod, string[]> = {
  smartcard: ['sc', 'pin', 'mfa'],
  'security-key': ['hwk', 'user', 'mfa'],
  biometrics: ['hwk', 'user', 'mfa'],
  passkey: ['swk', 'user', 'mfa'],
  'password-totp': ['pwd', 'otp', 'mfa'],
};

/** The most that each is: what an authenticator of it proved of itself may be less. */
export const levelOf = (settings: AuthenticationSettings): Record<SignInMethod, number> => ({
  smartcard: settings.LEVEL_SMARTCARD,
  'security-key': settings.LEVEL_SECURITY_KEY,
  biometrics: settings.LEVEL_BIOMETRICS,
  passkey: settings.LEVEL_PASSKEY,
  'password-totp': settings.LEVEL_PASSWORD_TOTP,
});

export const levelsOfAuthenticators = (settings: AuthenticationSettings): Levels => ({
  most: levelOf(settings),
  unattested: settings.LEVEL_UNATTESTED ?? (settings.ENVIRONMENT === 'dev' ? 3 : 2),
});
