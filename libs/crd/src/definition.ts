import { z } from 'zod';
import { cel, nameFits } from './rules.ts';
import { OWNED_KINDS, type OwnedKind } from './owned-kinds.ts';
import { SCHEMA_HASH_ANNOTATION, schemaHash } from './schema-hash.ts';
import { statusSchema } from './schema/status.schema.ts';
import { GROUP, KIND, PLURAL, specSchema, VERSION } from './tag-service.ts';

/** A node of an OpenAPI v3 schema as Kubernetes takes it. */
export type SchemaNode = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode;
  readonly [keyword: string]: unknown;
};

type Json = Record<string, unknown>;

/** Keywords of JSON Schema that Kubernetes does not take, or that only the reference page uses. */
const DROPPED = new Set(['$schema', 'propertyNames', 'x-tagservice-type', 'x-tagservice-bounds']);
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema of the spec and of the status with the marks that the reference page reads. */
export const annotatedSchemas = { spec: toJsonSchema(specSchema), status: toJsonSchema(statusSchema) } as const;

/** The same of a kind that the operator owns. */
export function annotatedSchemasOf({ spec, status }: OwnedKind): { spec: SchemaNode; status: SchemaNode } {
  return { spec: toJsonSchema(spec), status: toJsonSchema(status) };
}

function toJsonSchema(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;
}

function structural(node: Json): SchemaNode {
  if (node['x-kubernetes-int-or-string'] === true) return intOrString(node);
  const result: Json = {};
  for (const keyword of ['description', 'type']) if (node[keyword] !== undefined) result[keyword] = node[keyword];
  for (const [keyword, value] of Object.entries(node)) {
    if (DROPPED.has(keyword) || keyword in result || isUnbounded(keyword, value)) continue;
    result[keyword] = structuralKeyword(keyword, value);
  }
  return result;
}

/** zod writes the bounds of safe integers; to a reader they are noise. */
const isUnbounded = (keyword: string, value: unknown): boolean =>
  keyword === 'maximum' && value === Number.MAX_SAFE_INTEGER;

function structuralKeyword(keyword: string, value: unknown): unknown {
  if (keyword === 'properties' && isJson(value))
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, structural(child as Json)]));
  if ((keyword === 'items' || keyword === 'additionalProperties') && isJson(value)) return structural(value);
  return value;
}

/** Kubernetes allows `anyOf` with types in exactly this form, with the limits outside. */
function intOrString({ description, anyOf, default: initial }: Json): SchemaNode {
  const written = (anyOf as Json[]).find(({ type }) => type === 'string');
  return {
    description: description as string,
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    ...(initial !== undefined && { default: initial }),
    ...(written?.['pattern'] !== undefined && { pattern: written['pattern'] }),
    ...(written?.['maxLength'] !== undefined && { maxLength: written['maxLength'] }),
  };
}

const ready = (field: string): string => `.status.conditions[?(@.type=="Ready")].${field}`;

/** What `kubectl get tsvc` shows; columns with priority 1 only with `-o wide`. A column can show one field, so ready and desired are two. */
export const PRINTER_COLUMNS = [
  { name: 'Ready', type: 'string', jsonPath: ready('status'), description: 'Whether the service is as declared.' },
  { name: 'Reason', type: 'string', jsonPath: ready('reason'), description: 'Why, in one word.' },
  { name: 'Version', type: 'string', jsonPath: '.status.revisions.stable', description: 'Revision that serves.' },
  { name: 'API', type: 'integer', jsonPath: '.status.api.ready', description: 'HTTP pods that are ready.' },
  { name: 'Compute', type: 'integer', jsonPath: '.status.compute.ready', description: 'Workers that are ready.' },
  {
    name: 'Lag',
    type: 'integer',
    jsonPath: '.status.scaling.lag',
    description: 'Messages that wait; empty while unknown.',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since it was created.' },
  {
    name: 'API Desired',
    type: 'integer',
    jsonPath: '.status.api.desired',
    priority: 1,
    description: 'HTTP pods that are wanted.',
  },
  {
    name: 'Compute Desired',
    type: 'integer',
    jsonPath: '.status.compute.desired',
    priority: 1,
    description: 'Workers that are wanted.',
  },
  {
    name: 'Primary',
    type: 'string',
    jsonPath: '.status.redis.primary.pod',
    priority: 1,
    description: 'Redis pod that takes writes.',
  },
  {
    name: 'Message',
    type: 'string',
    jsonPath: ready('message'),
    priority: 1,
    description: 'What was found and what to do next.',
  },
] as const;

const rootSchema = (): SchemaNode => ({
  description: 'A service that answers which tags describe a URL, and which URLs are known for a tag.',
  type: 'object',
  required: ['spec'],
  properties: {
    apiVersion: { description: 'tagservice.dev/v1alpha1', type: 'string' },
    kind: { description: 'TagService', type: 'string' },
    metadata: { type: 'object' },
    spec: structural(annotatedSchemas.spec),
    status: structural(annotatedSchemas.status),
  },
  'x-kubernetes-validations': [cel(nameFits)],
});

type DefinitionParts = {
  readonly names: { kind: string; plural: string; singular: string; shortNames: string[]; categories: string[] };
  readonly columns: readonly object[];
  readonly root: SchemaNode;
};

function definitionOf({ names, columns, root }: DefinitionParts) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${names.plural}.${GROUP}`,
      labels: { 'app.kubernetes.io/name': 'tagservice-operator', 'app.kubernetes.io/part-of': 'tagservice' },
      annotations: { [SCHEMA_HASH_ANNOTATION]: schemaHash(root) },
    },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { ...names, listKind: `${names.kind}List` },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: columns.map((column) => ({ ...column })),
          // No scale subresource: it needs one field of the spec for replicas, and replicas belong to the HorizontalPodAutoscalers.
          subresources: { status: {} },
          schema: { openAPIV3Schema: root },
        },
      ],
    },
  };
}

/** The CustomResourceDefinition of TagServices, ready to be sent to an API server. */
export function customResourceDefinition() {
  return definitionOf({
    names: {
      kind: KIND,
      plural: PLURAL,
      singular: 'tagservice',
      shortNames: ['tsvc'],
      categories: ['all', 'tagservice'],
    },
    columns: PRINTER_COLUMNS,
    root: rootSchema(),
  });
}

function ownedRoot(owned: OwnedKind): SchemaNode {
  const { spec, status } = annotatedSchemasOf(owned);
  return {
    description: owned.description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { description: `${GROUP}/${VERSION}`, type: 'string' },
      kind: { description: owned.kind, type: 'string' },
      metadata: { type: 'object' },
      spec: structural(spec),
      status: structural(status),
    },
  };
}

/** All definitions: TagService first, then the kinds that the operator owns. */
export function customResourceDefinitions() {
  const owned = OWNED_KINDS.map((one) =>
    definitionOf({
      names: {
        kind: one.kind,
        plural: one.plural,
        singular: one.kind.toLowerCase(),
        shortNames: [one.shortName],
        // Not in the category tagservice: kubectl would take `kubectl get tagservice NAME` for all three kinds and refuse it.
        categories: [],
      },
      columns: one.columns,
      root: ownedRoot(one),
    }),
  );
  return [customResourceDefinition(), ...owned] as const;
}

/** Every CEL rule of the definition, by its message. Tests compare it with their samples, so that no rule goes untried. */
export function celRules(node: SchemaNode = rootSchema()): readonly string[] {
  const own = (node['x-kubernetes-validations'] as { rule: string; messageExpression: string }[] | undefined) ?? [];
  const children = [...Object.values(node.properties ?? {}), node.items, node.additionalProperties].filter(
    (child) => child !== undefined,
  );
  return [...own.map(({ messageExpression }) => messageExpression), ...children.flatMap((child) => celRules(child))];
}
