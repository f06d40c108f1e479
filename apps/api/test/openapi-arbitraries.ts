import fc from 'fast-check';

/** A request made from the document: some as it asks for, some that only look like it, some plain nonsense. */
export interface FuzzedRequest {
  readonly method: 'GET' | 'POST' | 'HEAD' | 'OPTIONS' | 'PUT' | 'DELETE' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly $ref?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: JsonSchema } } };
}

/** The parts of an OpenAPI document that requests are made from. */
export interface FuzzedDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

const someUrl = fc.oneof(
  fc.constantFrom(
    'https://example.org/a',
    'http://EXAMPLE.org:80/a?b=1&utm_source=x#y',
    'https://[::1]/',
    'ftp://a.org',
  ),
  fc.constantFrom(
    'http://127.0.0.1',
    'http://2130706433/',
    'http://a:b@c.org',
    '//x',
    'javascript:1',
    'https://xn--a',
    'https://.',
  ),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);
const mostlyUrls = fc.oneof({ weight: 5, arbitrary: someUrl }, { weight: 1, arbitrary: fc.string() });
const nasty = fc.constantFrom(
  ...[
    '',
    ' ',
    '\u0000',
    '__proto__',
    'constructor',
    '../..',
    '%',
    '%ff',
    '\ud800',
    '🐝',
    'a'.repeat(3_000),
    '-1',
    '1e9',
    'NaN',
    '*',
    '"',
  ],
  ...['null', '[]', '{}', '${7*7}', "' or 1=1 --", '\r\nx: y', '<script>', '0x7f', '٣', 'İ', 'ﬀ', '\u202e'],
);
const text = fc.oneof(
  someUrl,
  nasty,
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
/** What a client library lets through as a header. */
const headerText = fc
  .oneof(fc.string({ maxLength: 60 }), fc.constantFrom('*/*', 'wait=0', 'respond-async', '"a"', 'W/"a", *', 'br;q=0'))
  .map((value) => value.replace(/[^\x20-\x7e]/g, ''));

/** A value that follows the schema: what is not described is anything. */
function valueOf(schema: JsonSchema, document: FuzzedDocument): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    return valueOf(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, document);
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  return (makers[schema.type ?? ''] ?? anything)(schema, document);
}

const anything = () => fc.jsonValue({ maxDepth: 2 });
type Maker = (schema: JsonSchema, document: FuzzedDocument) => fc.Arbitrary<unknown>;
const makers: Readonly<Record<string, Maker>> = {
  object: objectOf,
  array: ({ items = {}, minItems = 0, maxItems = 5 }, document) =>
    fc.array(valueOf(items, document), { minLength: minItems, maxLength: Math.min(maxItems, 6) }),
  string: ({ minLength = 0, maxLength = 200 }) =>
    text.filter((value) => value.length >= minLength && value.length <= maxLength),
  integer: () => fc.integer({ min: -2, max: 1_000 }),
};

function objectOf({ properties = {}, required = [] }: JsonSchema, document: FuzzedDocument): fc.Arbitrary<unknown> {
  const members = Object.entries(properties).map(([name, schema]) => [name, valueOf(schema, document)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
}

function bodyOf(operation: Operation, document: FuzzedDocument): fc.Arbitrary<string | undefined> {
  const schema = operation.requestBody?.content['application/json'].schema;
  if (schema === undefined) return fc.constant(undefined);
  return fc.oneof(
    { weight: 6, arbitrary: valueOf(schema, document).map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', '{"__proto__":1}', '['.repeat(5_000), '{"urls":[1e400]}', '\ufeff{}'),
    },
  );
}

/** Every request to an operation: its parameters, mostly by their schema, and what nobody asked for. */
function requestTo(path: string, method: string, document: FuzzedDocument): fc.Arbitrary<FuzzedRequest> {
  const operation = document.paths[path]?.[method] ?? {};
  const { parameters = [] } = operation;
  const named = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place);
  const values = (place: Parameter['in'], value: fc.Arbitrary<string>) =>
    fc.record(Object.fromEntries(named(place).map(({ name }) => [name, name === 'url' ? mostlyUrls : value])), {
      requiredKeys: named(place)
        .filter(({ required }) => required === true)
        .map(({ name }) => name),
    });
  const query = fc.tuple(
    values('query', fc.oneof(text, fc.integer({ min: -1, max: 300 }).map(String))),
    fc
      .array(fc.tuple(fc.constantFrom('url', 'limit', 'cursor', 'x', '__proto__', ''), text), { maxLength: 2 })
      .map((all) => (all.length === 2 ? all : [])),
  );
  return fc
    .record({
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant(method.toUpperCase()) },
        { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH') },
      ),
      path: values('path', text),
      query,
      headers: values('header', headerText),
      accept: fc.option(headerText, { freq: 6, nil: undefined }),
      type: fc.oneof({ weight: 8, arbitrary: fc.constant('application/json') }, { weight: 1, arbitrary: headerText }),
      payload: bodyOf(operation, document),
    })
    .map(({ path: inPath, query: [known, more], headers, accept, type, payload, ...rest }) => {
      const parts = [...Object.entries(known), ...more].map(([name, value]) => `${encode(name)}=${encode(value)}`);
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encode((inPath as Record<string, string>)[name] ?? ''),
      );
      return {
        method: rest.method as FuzzedRequest['method'],
        url: `${filled}${parts.length === 0 ? '' : `?${parts.join('&')}`}`,
        headers: {
          ...headers,
          ...(accept === undefined ? {} : { accept }),
          ...(payload === undefined ? {} : { 'content-type': type }),
        },
        ...(payload === undefined ? {} : { payload }),
      };
    });
}

/** Lone surrogates cannot be encoded: a client would send what it can. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** Requests to all operations of the document, in equal parts. */
export function fuzzedRequests(document: FuzzedDocument): fc.Arbitrary<FuzzedRequest> {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => requestTo(path, method, document)),
  );
  return fc.oneof(...all);
}
