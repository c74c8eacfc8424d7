/** The issuing key as settings name it: in a PKCS#11 module, or in a file sealed under a key of the settings. */
import { readFileSync } from 'node:fs';
import { openPkcs11Signer } from './pkcs11-signer.ts';
import { openSecret } from './sealing.ts';
import { type Signer, signerOf } from './signer.ts';

export interface IssuingKeySettings {
  PKCS11_MODULE?: string | undefined;
  PKCS11_TOKEN?: string | undefined;
  PKCS11_PIN?: string | undefined;
  CA_ISSUING_KEY_FILE?: string | undefined;
  CA_KEY?: Uint8Array | undefined;
}

/** As the ceremony labels it in a token, and what it is sealed as belonging to in a file. */
const [label, sealedAs] = ['care-issuing', 'issuing-key'];

/** @throws {Error} naming the settings that are missing; if the token has no such key; if the file does not open with the key */
export async function issuingSigner(settings: IssuingKeySettings): Promise<Signer> {
  const { PKCS11_MODULE: library, PKCS11_TOKEN: tokenLabel, PKCS11_PIN: pin, CA_ISSUING_KEY_FILE: file, CA_KEY: key } = settings;
  if (library) {
    if (!tokenLabel || !pin) throw new Error('With PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN are needed');
    return openPkcs11Signer({ library, tokenLabel, pin, label });
  }
  if (!file || !key) throw new Error('CA_ISSUING_KEY_FILE and CA_KEY are needed, or PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN');
  return signerOf(openSecret(key, sealedAs, readFileSync(file, 'utf8')));
}
