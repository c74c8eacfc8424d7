/** What is known of a system that relies on us. Strict: a misspelt setting stops the start, it does not weaken a client. */
import { z } from 'zod';

/** @see https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata for the names */
export const client = z
  .strictObject({
    client_id: z.string().regex(/^[\w.-]{1,80}$/),
    client_name: z.string().min(1).max(100),
    redirect_uris: z.array(z.url()).default([]),
    post_logout_redirect_uris: z.array(z.url()).default([]),
    backchannel_logout_uri: z.url().optional(),
    token_endpoint_auth_method: z.enum(['private_key_jwt', 'client_secret_post', 'client_secret_basic']).default('private_key_jwt'),
    token_endpoint_auth_signing_alg: z.enum(['RS256', 'RS512', 'PS256', 'ES256']).optional(),
    client_secret: z.string().min(32).optional(),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
    jwks_uri: z.url().optional(),
    /** What it may ask for. */
    scope: z.string().default('openid profile nationalrbacaccess selectedrole'),
    /** The weakest sign-in it takes when it asks for none in particular. */
    minimum_level: z.int().min(1).max(3).default(2),
    pkce_required: z.boolean().default(true),
    /** A resource server: may ask whether a token of another system is good. */
    may_introspect: z.boolean().default(false),
  })
  .transform((given) => ({
    ...given,
    grant_types: given.redirect_uris.length > 0 ? ['authorization_code'] : [],
    response_types: given.redirect_uris.length > 0 ? (['code'] as const) : [],
    id_token_signed_response_alg: 'RS256' as const,
    ...(given.backchannel_logout_uri && { backchannel_logout_session_required: true }),
  }));
export type ClientSettings = z.output<typeof client>;

/** Our own metadata of a client, besides what OpenID Connect knows. */
export const ownMetadata = ['minimum_level', 'pkce_required', 'may_introspect'] as const;
