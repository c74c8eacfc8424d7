import type { MikroORM } from '@mikro-orm/postgresql';
import type { Redis } from 'ioredis';
import type { Outgoing } from '../adapters/outgoing.ts';
import type { Known } from './away/known.ts';
import type { OneUse } from './one-use.ts';
import type { CardAuthority } from './pki/authority.ts';
import type { Render } from './provider/pages.ts';
import type { Breached } from './sign-in/breached.ts';
import type { Models } from './sign-in/attestation.ts';
import type { AuthenticationSettings } from './settings.ts';
import type { Terms } from './terms-in-force.ts';

/** What the authentication service reaches the world through. Built once, by its entry point. */
export interface AuthenticationDeps {
  orm: MikroORM;
  redis: Redis;
  oneUse: OneUse;
  authority: CardAuthority;
  termsInForce: () => Promise<Terms>;
  /** The authenticators that may be strong. */
  models: Models;
  /** Passwords that everybody knows. */
  isBreached: Breached;
  settings: AuthenticationSettings;
  /** What relying parties know us as. */
  issuer: string;
  /** Calls what somebody else gave us the address of. */
  outgoing: Outgoing;
  render: Render;
  /** For when PostgreSQL is away. */
  known: Known;
}
