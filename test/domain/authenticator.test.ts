import { authenticatorModels, levelOfAuthenticator, usualModels, type WebAuthnKind } from '../../domain/authenticator.ts';

const levels = { most: { 'security-key': 3, biometrics: 3, passkey: 2 }, unattested: 2 };

test.each<[WebAuthnKind, number | undefined, number]>([
  ['security-key', 3, 3],
  ['security-key', 2, 2],
  ['security-key', undefined, 2],
  ['biometrics', 3, 3],
  ['biometrics', undefined, 2],
  ['passkey', 3, 2],
  ['passkey', undefined, 2],
])('a %s whose maker signed for level %s is level %s', (kind, attested, level) => {
  expect(levelOfAuthenticator({ kind, attested }, levels)).toBe(level);
});

test('a setting lowers what a maker signed for, and nothing that is unattested is above its own setting', () => {
  const most = { ...levels.most, 'security-key': 2 };
  expect(levelOfAuthenticator({ kind: 'security-key', attested: 3 }, { ...levels, most })).toBe(2);
  expect(levelOfAuthenticator({ kind: 'biometrics', attested: undefined }, { ...levels, unattested: 1 })).toBe(1);
});

test('a list of models names each once, by an AAGUID', () => {
  expect(authenticatorModels.safeParse(usualModels).success).toBe(true);
  const [model] = usualModels;
  expect(authenticatorModels.safeParse([model, model]).success).toBe(false);
  expect(authenticatorModels.safeParse([{ ...model, aaguid: 'YubiKey' }]).success).toBe(false);
  expect(authenticatorModels.safeParse([{ ...model, level: 4 }]).success).toBe(false);
});
