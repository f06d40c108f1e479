import { problems } from '@tagservice/contracts';
import type { ProblemCode } from '@tagservice/contracts';
import { z } from 'zod';
import { PRIORITY_CLASSES, SCOPES } from '../identity/caller.ts';
import { operations, problemsOf, requestSchemas, schemas } from './operations.ts';
import type { AnswerText, Operation, TextParameter } from './operations.ts';

/** A JSON value of the document. */
export type Json = Readonly<Record<string, unknown>>;

const groups = [
  { name: 'tags', description: 'Tags of URLs and URLs of tags.' },
  { name: 'jobs', description: 'What takes longer than a request.' },
  { name: 'crawls', description: 'Many pages at a time, again and again.' },
  { name: 'service', description: 'About the service itself.' },
];

/** The names after `token` in the `security` of an operation are scopes that the token must have. */
const token = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: `A token whose claim \`scope\` names what it may do: ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}. Its claim \`class\` says who goes first when there is too much to do: ${PRIORITY_CLASSES.map((one) => `\`${one}\``).join(', ')}.`,
};

/** The OpenAPI 3.1 document, made from the schemas that requests and answers are read and typed by, and from the problem catalogue. */
export function openApiDocument(): Json {
  const paths = Map.groupBy(operations, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: {
      title: 'TagService',
      version: '1.0.0',
      description:
        'Tags of URLs and URLs of tags. Refusals are problems (RFC 9457) whose `code` is stable and whose `fix` says what to do.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this document comes from' }],
    tags: groups,
    paths: Object.fromEntries(
      [...paths].map(([path, members]) => [
        path,
        Object.fromEntries(members.map((operation) => [operation.method, describe(operation)])),
      ]),
    ),
    components: {
      schemas: componentSchemas(),
      securitySchemes: { token },
    },
  };
}

/** Each schema once; where one holds another it refers to it. */
function componentSchemas(): Json {
  const names = Object.keys(schemas) as (keyof typeof schemas)[];
  const all = {
    ...convert(names, 'output'),
    ...convert([...names.filter((name) => requestSchemas.has(name))], 'input'),
  };
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

function convert(names: readonly (keyof typeof schemas)[], io: 'input' | 'output'): Record<string, Json> {
  const registry = z.registry<{ id: string }>();
  for (const name of names) registry.add(schemas[name], { id: name });
  const converted = z.toJSONSchema(registry, {
    io,
    uri: pathOf,
    // Within an answer a member that the reader does not know is one of a newer release, and no fault.
    override: ({ jsonSchema }) => {
      if (io === 'output') delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(converted.schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema as Json]),
  );
}

function describe(operation: Operation): Json {
  const { summary, operationId, group, body, access } = operation;
  const answers = Object.entries(operation.answers).map(([status, answer]) => [status, response(answer)]);
  const requestBody = {
    required: true,
    content: { 'application/json': { schema: body === undefined ? {} : reference(body) } },
  };
  return {
    tags: [group],
    summary,
    operationId,
    // Where the service is declared to be open, no token is needed.
    security: access === 'open' ? [] : [{ token: [access] }, {}],
    parameters: [...queryParameters(operation.query), ...operation.parameters.map(parameter)],
    ...(body === undefined ? {} : { requestBody }),
    responses: { ...Object.fromEntries(answers), ...problemResponses(problemsOf(operation)) },
  };
}

/** Parameters of the query as the document lists them. */
export function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, example, ...schema } = property as Json;
    const optional = example === undefined ? {} : { example };
    return { name, in: 'query', required: required.includes(name), description, schema, ...optional };
  });
}

function parameter({ example, ...about }: TextParameter): Json {
  return { ...about, schema: { type: 'string' }, ...(example === undefined ? {} : { example }) };
}

function response({ description, schema, mediaType, headers = {} }: AnswerText): Json {
  const described = Object.entries(headers).map(([name, about]) => [
    name,
    { description: about, schema: { type: 'string' } },
  ]);
  const content = { [mediaType ?? 'application/json']: { schema: schema === undefined ? {} : reference(schema) } };
  return {
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(schema === undefined && mediaType === undefined ? {} : { content }),
  };
}

function problemResponses(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, members]) => [
      status,
      {
        description: members.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: reference('Problem') } },
      },
    ]),
  );
}

function pathOf(schema: string): string {
  return `#/components/schemas/${schema}`;
}

function reference(schema: keyof typeof schemas): Json {
  return { $ref: pathOf(schema) };
}
