/** OpenAPI 3.1, made of the schemas that check the input, so it cannot say anything else. */
import { z } from 'zod';
import type { Contract as AnyContract } from '../commands/command.ts';
import type { Route } from './edge.ts';

type Contract = AnyContract<z.ZodObject, z.ZodObject>;
type Scheme = keyof typeof securitySchemes;

/** Routes that want the same of a token; null for none. */
export interface Part {
  routes: readonly Route[];
  needs: Scheme | null;
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A person’s, from the authentication service' },
  applicant: {
    type: 'http',
    scheme: 'bearer',
    description:
      'Of somebody who applies and has no account, from POST /apply/sessions. It speaks for what was begun, sent in or come back to with it',
  },
};

export const openApi = (parts: readonly Part[]) => ({
  openapi: '3.1.0',
  info: { title: 'Care Identity Service', version: '1' },
  servers: [{ url: '/v1' }],
  components: { securitySchemes, schemas: { Problem: problem } },
  security: [{ bearer: [] }],
  paths: pathsOf(parts),
});

const problem = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    details: { type: 'object' },
    errors: { type: 'array' },
  },
  required: ['title', 'status', 'code'],
};

function pathsOf(parts: readonly Part[]): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const { routes, needs } of parts) {
    const security = needs ? [{ [needs]: [] }] : [];
    for (const route of routes) {
      const path = (paths[route.path.replace(/:(\w+)/g, '{$1}')] ??= {});
      if ('command' in route) path['post'] = { ...writeOperation(route.command), security };
      else
        path['get'] = { ...('query' in route ? readOperation(route.query, found) : readOperation(route.photograph, photograph)), security };
    }
  }
  return paths;
}

const operation = ({ name, permission }: Contract) => ({ operationId: name, description: `Needs ${permission}` });

const readOperation = (query: Contract, answer: object) => ({
  ...operation(query),
  parameters: [...pathParameters(query), ...queryParameters(query)],
  responses: { ...answers, 200: answer },
});

const writeOperation = (command: Contract) => ({
  ...operation(command),
  parameters: [...pathParameters(command), ...(command.keyless ? [] : [idempotencyKey])],
  requestBody: { content: command.uploads ? filesOf(command) : { 'application/json': { schema: schemaOf(command.input) } } },
  responses: { ...answers, 202: { description: 'Still saving: ask again with the same key' } },
});

const idempotencyKey = { in: 'header', name: 'Idempotency-Key', required: true, schema: { type: 'string', maxLength: 200 } };

/** Files as OpenAPI 3.1 writes them (section 4.8.14.4), beside the fields of the input. */
function filesOf({ input, uploads = {} }: Contract) {
  const fields = schemaOf(input);
  const items = { type: 'string', contentMediaType: 'application/octet-stream' };
  const files = Object.entries(uploads).map(([name, maxItems]) => [name, { type: 'array', minItems: 1, maxItems, items }]);
  const schema = {
    ...fields,
    properties: { ...fields.properties, ...Object.fromEntries(files) },
    required: [...(fields.required ?? []), ...Object.keys(uploads)],
  };
  return { 'multipart/form-data': { schema } };
}

const pathParameters = ({ params }: Contract) =>
  Object.entries(params.shape).map(([name, schema]) => ({ in: 'path', name, required: true, schema: schemaOf(schema as z.ZodType) }));

const queryParameters = ({ input }: Contract) =>
  Object.entries(input.shape).map(([name, schema]) => ({ in: 'query', name, required: false, schema: schemaOf(schema as z.ZodType) }));

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

const found = { description: 'Found, or saved' };
const photograph = { description: 'A photograph', content: { 'image/jpeg': {} } };
const answers = {
  200: found,
  default: { description: 'Refused', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
};
