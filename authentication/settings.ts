/** The settings of the authentication service. Parsed by its entry points. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { client } from '../domain/client.ts';

const key = z
  .base64()
  .length(44)
  .transform((text) => Buffer.from(text, 'base64'));
const count = (standard: number) => z.coerce.number().int().positive().default(standard);
const level = (standard: number) => z.coerce.number().int().min(1).max(3).default(standard);
const file = z.string().min(1);
const clientsFile = z.string().transform((path) => z.array(client).parse(JSON.parse(readFileSync(path, 'utf8'))));

const settings = z.object({
  DATABASE_URL: z.url(),
  REDIS_URL: z.url(),
  ENVIRONMENT: z.enum(['production', 'dev']).default('production'),
  /** Where a browser reaches it. What is signed says so: it does not change. */
  AUTHENTICATION_URL: z.url().refine((text) => new URL(text).origin === text, 'AUTHENTICATION_URL has no path'),
  /** Where a browser reaches the back office: a lost card is reported there. */
  WEB_URL: z.url(),
  AUTHENTICATION_PORT: z.coerce.number().int().min(0).max(65_535).default(3002),
  /** The issuer is AUTHENTICATION_URL and this: the national service has one. */
  ISSUER_PATH: z
    .string()
    .regex(/^(\/[\w-]+)+$/)
    .default('/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'),
  /** How long it answers on after it was told to stop, while /ready says so: as long as what shares requests out takes to notice. */
  DRAIN_SECONDS: z.coerce.number().int().min(0).max(60).default(0),
  /** 32 bytes in base64: seals signing keys in PostgreSQL and everything in Redis. */
  AUTHENTICATION_KEY: key,
  /** A JSON file of the systems that may ask who somebody is: see domain/client.ts. */
  AUTHENTICATION_CLIENTS: clientsFile,
  /** What activities show to the internal API. At least 32 characters. */
  INTERNAL_TOKEN: z.string().min(32),
  /** Whoever asks for /metrics shows it; without it there are none. At least 32 characters. */
  METRICS_TOKEN: z.string().min(32).optional(),
  /** Behind a proxy that ends TLS: believe what it says of scheme and address. */
  TRUST_PROXY: z.stringbool().default(false),
  /** PEM. Cards of every issuing authority named here are taken; the first signs revocation lists. */
  CA_ROOT_FILE: file,
  CA_ISSUING_FILE: file,
  /** The issuing key (PKCS#8), sealed under CA_KEY; or, instead of both, where a PKCS#11 module has it. */
  CA_ISSUING_KEY_FILE: file.optional(),
  CA_KEY: key.optional(),
  PKCS11_MODULE: z.string().optional(),
  PKCS11_TOKEN: z.string().optional(),
  PKCS11_PIN: z.string().optional(),
  /** The root's own revocation list (DER), signed where its key is. */
  CA_ROOT_CRL_FILE: file.optional(),
  /** OID of the certificate policy our cards carry. */
  CERTIFICATE_POLICY: z.string().regex(/^[0-9]+(\.[0-9]+)+$/),
  /** Where a page finds the agent of its workstation. */
  AGENT_URL: z.url().default('http://localhost:43485'),
  /** How strong each way to sign in is: authenticator assurance level, GPG 44. */
  LEVEL_SMARTCARD: level(3),
  LEVEL_SECURITY_KEY: level(3),
  LEVEL_BIOMETRICS: level(3),
  LEVEL_PASSKEY: level(2),
  LEVEL_PASSWORD_TOTP: level(2),
  /** A security key or device of a model that is not allowed, or for which nobody signed: 2, in dev 3, for the authenticator of a test browser. */
  LEVEL_UNATTESTED: z.coerce.number().int().min(1).max(3).optional(),
  /** JSON: the models that are allowed, and how strong each is (domain/authenticator.ts). Without it, the usual ones. */
  AUTHENTICATOR_MODELS_FILE: file.optional(),
  /** The FIDO Alliance's file (Metadata Service 3) as it is downloaded: says who signs for a model whose roots the list leaves out. */
  FIDO_METADATA_FILE: file.optional(),
  /** PEM of the authority that signs that file, if it is not the FIDO Alliance's. */
  FIDO_METADATA_ROOT_FILE: file.optional(),
  /** Passwords that are known from breaches, one a line: as they are, or their SHA-1, with or without a count. */
  BREACHED_PASSWORDS_FILE: file.optional(),
  /** Addresses that others register with us may be on this machine, without TLS: for dev only. */
  CALLS_LOOPBACK: z.stringbool().default(false),
  ACCESS_TOKEN_MINUTES: count(60),
  /** How long a key signs before the next one does. */
  SIGNING_KEY_DAYS: count(90),
  /** How often each process looks whether they changed. Well under the two hours that a new key is published before it signs. */
  SIGNING_KEY_LOOK_SECONDS: count(30),
});
export const authenticationSettings = settings
  .refine(({ ENVIRONMENT, AUTHENTICATION_URL }) => ENVIRONMENT === 'dev' || AUTHENTICATION_URL.startsWith('https:'), {
    message: 'AUTHENTICATION_URL must be https in production',
    path: ['AUTHENTICATION_URL'],
  })
  .refine(({ ENVIRONMENT, LEVEL_UNATTESTED }) => ENVIRONMENT === 'dev' || (LEVEL_UNATTESTED ?? 2) < 3, {
    message: 'LEVEL_UNATTESTED is at most 2 in production: any program can say that it is a security key',
    path: ['LEVEL_UNATTESTED'],
  })
  .refine(({ ENVIRONMENT, CALLS_LOOPBACK }) => ENVIRONMENT === 'dev' || !CALLS_LOOPBACK, {
    message: 'CALLS_LOOPBACK is for dev: in production nothing that others register may be on this machine',
    path: ['CALLS_LOOPBACK'],
  });
export type AuthenticationSettings = z.output<typeof authenticationSettings>;

export const issuerOf = ({ AUTHENTICATION_URL, ISSUER_PATH }: Pick<AuthenticationSettings, 'AUTHENTICATION_URL' | 'ISSUER_PATH'>) =>
  `${AUTHENTICATION_URL}${ISSUER_PATH}`;
