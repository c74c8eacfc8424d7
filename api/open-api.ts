/** OpenAPI 3.1, made of the schemas that check the input, so it cannot say anything else. */
import { z } from 'zod';
import type { Route } from './edge.ts';

type Contract = Extract<Route, { command: unknown }>['command'] | Extract<Route, { query: unknown }>['query'];

export const openApi = (routes: readonly Route[]) => ({
  openapi: '3.1.0',
  info: { title: 'Care Identity Service', version: '1' },
  servers: [{ url: '/v1' }],
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } }, schemas: { Problem: problem } },
  security: [{ bearer: [] }],
  paths: pathsOf(routes),
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

function pathsOf(routes: readonly Route[]): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = (paths[route.path.replace(/:(\w+)/g, '{$1}')] ??= {});
    if ('query' in route)
      path['get'] = {
        ...operation(route.query),
        parameters: [...pathParameters(route.query), ...queryParameters(route.query)],
        responses: answers,
      };
    else path['post'] = writeOperation(route.command);
  }
  return paths;
}

const operation = ({ name, permission }: Contract) => ({ operationId: name, description: `Needs ${permission}` });

const writeOperation = (command: Contract) => ({
  ...operation(command),
  parameters: [
    ...pathParameters(command),
    { in: 'header', name: 'Idempotency-Key', required: true, schema: { type: 'string', maxLength: 200 } },
  ],
  requestBody: { content: { 'application/json': { schema: schemaOf(command.input) } } },
  responses: { ...answers, 202: { description: 'Still saving: ask again with the same key' } },
});

const pathParameters = ({ params }: Contract) =>
  Object.entries(params.shape).map(([name, schema]) => ({ in: 'path', name, required: true, schema: schemaOf(schema as z.ZodType) }));

const queryParameters = ({ input }: Contract) =>
  Object.entries(input.shape).map(([name, schema]) => ({ in: 'query', name, required: false, schema: schemaOf(schema as z.ZodType) }));

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

const answers = {
  200: { description: 'Found, or saved' },
  default: { description: 'Refused', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
};
