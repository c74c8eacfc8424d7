/** WebAuthn (Level 3) as we use it: discoverable credentials, the person verified by the authenticator each time. */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { AuthenticatorRow, NewAuthenticator, WebAuthnRow } from '../../db/sign-in/authenticator.ts';
import type { PersonRow } from '../../db/person/person.ts';
import { fullName } from '../../db/person/person.ts';
import { levelOfAuthenticator, type WebAuthnKind } from '../../domain/authenticator.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { levelsOfAuthenticators } from '../provider/assurance.ts';
import { attestedLevel } from './attestation.ts';
import { SignInFailure } from './failure.ts';

const text = z.string().max(10_000);
const credential = {
  id: z.base64url().max(1400),
  rawId: z.base64url().max(1400),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
};
const asserted = z.object({
  ...credential,
  response: z.object({ authenticatorData: text, clientDataJSON: text, signature: text, userHandle: text.optional() }),
});
const attested = z.object({
  ...credential,
  response: z.object({
    attestationObject: z.string().max(100_000),
    clientDataJSON: text,
    transports: z.array(z.string().max(20)).max(10).optional(),
  }),
});

/** A JSON field of a form. @throws {SignInFailure} NOT_READ */
function read<S extends z.ZodType>(schema: S, field: unknown): z.output<S> {
  try {
    return schema.parse(JSON.parse(String(field)));
  } catch {
    throw new SignInFailure('NOT_READ');
  }
}

/** What a person is to an authenticator: the id, which says nothing to whoever reads it there. */
const handleOf = (person: string) => new Uint8Array(Buffer.from(person.replaceAll('-', ''), 'hex'));

export const signInOptions = (origin: string, challenge: string) =>
  generateAuthenticationOptions({ rpID: new URL(origin).hostname, challenge: bytesOf(challenge), userVerification: 'required' });

/** @throws {SignInFailure} NOT_READ */
export const readAssertion = (field: unknown): AuthenticationResponseJSON => read(asserted, field) as AuthenticationResponseJSON;

/**
 * @returns the new counter
 * @throws {SignInFailure} NOT_PROVED
 */
export async function checkAssertion(
  origin: string,
  response: AuthenticationResponseJSON,
  { challenge, authenticator }: { challenge: string; authenticator: WebAuthnRow },
): Promise<number> {
  const notProved = () => new SignInFailure('NOT_PROVED', { with: authenticator.id });
  const { userHandle } = response.response;
  if (userHandle && !Buffer.from(userHandle, 'base64url').equals(Buffer.from(handleOf(authenticator.person)))) throw notProved();
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: new URL(origin).hostname,
    requireUserVerification: true,
    credential: { id: authenticator.credentialId, publicKey: new Uint8Array(authenticator.publicKey), counter: authenticator.counter },
  }).catch(() => {
    throw notProved();
  });
  if (!verified) throw notProved();
  return authenticationInfo.newCounter;
}

/** Which kind of thing a page asks a person to add. */
export const addable = ['security-key', 'biometrics'] as const;
export type Addable = (typeof addable)[number];
const attachments = { 'security-key': 'cross-platform', biometrics: 'platform' } as const;

export const registrationOptions = (
  origin: string,
  challenge: string,
  { person, kind, has }: { person: PersonRow; kind: Addable; has: readonly AuthenticatorRow[] },
) =>
  generateRegistrationOptions({
    rpName: 'Care Identity Service',
    rpID: new URL(origin).hostname,
    challenge: bytesOf(challenge),
    userID: handleOf(person.id),
    userName: person.careId,
    userDisplayName: fullName(person),
    // Whoever made it is asked to sign for it: without that it is not strong.
    attestationType: 'direct',
    excludeCredentials: has.flatMap(({ credentialId }) => (credentialId ? [{ id: credentialId }] : [])),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required', authenticatorAttachment: attachments[kind] },
  });

/**
 * @returns what to keep of a new authenticator. What kind it is, it says itself: a page may have asked for another; how strong it is,
 * its maker.
 * @throws {SignInFailure} NOT_READ, NOT_PROVED
 */
export async function checkAttestation(
  { settings, models }: Pick<AuthenticationDeps, 'settings' | 'models'>,
  field: unknown,
  challenge: string,
): Promise<Omit<NewAuthenticator, 'id' | 'person' | 'organisation' | 'name' | 'kind'> & { kind: WebAuthnKind }> {
  const origin = settings.AUTHENTICATION_URL;
  const response = read(attested, field) as RegistrationResponseJSON;
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: new URL(origin).hostname,
    requireUserVerification: true,
  }).catch(() => {
    throw new SignInFailure('NOT_PROVED');
  });
  if (!verified) throw new SignInFailure('NOT_PROVED');
  const { credential: made, aaguid, credentialDeviceType, credentialBackedUp } = registrationInfo;
  const kind = kindOf(response.authenticatorAttachment, credentialDeviceType);
  const signedFor = await attestedLevel(models, registrationInfo);
  return {
    kind,
    level: levelOfAuthenticator({ kind, attested: signedFor }, levelsOfAuthenticators(settings)),
    isAttested: signedFor !== undefined,
    credentialId: made.id,
    publicKey: Buffer.from(made.publicKey),
    counter: made.counter,
    transports: made.transports ?? [],
    aaguid,
    backedUp: credentialBackedUp,
  };
}

/** What may be copied to other devices is a passkey, wherever it is now (WebAuthn, 6.1.3: backup eligibility). */
function kindOf(attachment: string | undefined, device: 'singleDevice' | 'multiDevice'): WebAuthnKind {
  if (device === 'multiDevice') return 'passkey';
  return attachment === 'platform' ? 'biometrics' : 'security-key';
}

const bytesOf = (challenge: string) => new Uint8Array(Buffer.from(challenge, 'base64url'));
