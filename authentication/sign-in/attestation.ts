/**
 * Who signed for an authenticator (WebAuthn Level 3, 6.5 and 8). The signature itself is verified by @simplewebauthn/server; here is judged
 * whether the certificate that made it comes from the maker of a model that is allowed: without that anybody can write one.
 */
import { readFileSync } from 'node:fs';
import { X509Certificate } from '@peculiar/x509';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { type AuthenticatorModel, authenticatorModels, usualModels } from '../../domain/authenticator.ts';
import { endsAt } from './certificate-path.ts';
import { readMetadata } from './fido-metadata.ts';

/** An allowed model, with the certificates of who signs for it. */
type Model = Omit<AuthenticatorModel, 'roots'> & { roots: X509Certificate[] };
/** By AAGUID. */
export type Models = ReadonlyMap<string, Model>;

export interface ModelFiles {
  /** A JSON list of the models that are allowed: domain/authenticator.ts. */
  AUTHENTICATOR_MODELS_FILE?: string | undefined;
  FIDO_METADATA_FILE?: string | undefined;
  FIDO_METADATA_ROOT_FILE?: string | undefined;
}

/** @throws at start, if a file is not there, or is not what it should be */
export async function loadModels(files: ModelFiles): Promise<Models> {
  const { AUTHENTICATOR_MODELS_FILE: list, FIDO_METADATA_FILE: metadata, FIDO_METADATA_ROOT_FILE: metadataRoots } = files;
  const allowed = list ? authenticatorModels.parse(JSON.parse(readFileSync(list, 'utf8'))) : usualModels;
  const known = metadata ? await readMetadata(metadata, metadataRoots) : new Map<string, string[]>();
  return new Map(
    allowed.map((model) => {
      const roots = model.roots ?? known.get(model.aaguid) ?? [];
      return [model.aaguid, { ...model, roots: roots.map((der) => new X509Certificate(der)) }];
    }),
  );
}

/**
 * @param attestationObject everything else of which was verified
 * @returns the level of its model, or nothing where nobody whom we know signed for it
 */
export async function attestedLevel(
  models: Models,
  { attestationObject, aaguid }: { attestationObject: Uint8Array<ArrayBuffer>; aaguid: string },
): Promise<number | undefined> {
  const model = models.get(aaguid.toLowerCase());
  const chain = decodeAttestationObject(attestationObject).get('attStmt').get('x5c') ?? [];
  if (!model || chain.length === 0) return undefined;
  const certificates = chain.map((der) => new X509Certificate(new Uint8Array(der)));
  return (await endsAt(certificates, model.roots)) ? model.level : undefined;
}
