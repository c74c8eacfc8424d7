/** What the discovery document says besides what oidc-provider says of itself. test/authentication/discovery.test.ts proves each member. */

export const clientAuthMethods = ['private_key_jwt', 'client_secret_post', 'client_secret_basic'] as const;
export const clientAuthAlgs = ['RS256', 'RS512', 'PS256', 'ES256'] as const;

/** Where a member is missing, RFC 8414 (section 2) has it mean something else: at the revocation endpoint, a secret in a header alone. */
export const discovery = {
  introspection_endpoint_auth_methods_supported: clientAuthMethods,
  introspection_endpoint_auth_signing_alg_values_supported: clientAuthAlgs,
  revocation_endpoint_auth_methods_supported: clientAuthMethods,
  revocation_endpoint_auth_signing_alg_values_supported: clientAuthAlgs,
  request_parameter_supported: false,
  /** Our pages are in English, whatever `ui_locales` asks for. */
  ui_locales_supported: ['en'],
};
