import { annotatedSchemas, annotatedSchemasOf, PRINTER_COLUMNS, type SchemaNode } from './definition.ts';
import { OWNED_KINDS, type OwnedKind } from './owned-kinds.ts';
import { nameFits } from './rules.ts';
import { API_VERSION, KIND } from './tag-service.ts';

type Row = { readonly path: string; readonly node: SchemaNode; readonly required: boolean };
type Validation = { readonly rule: string; readonly messageExpression: string };

/** Every field below a schema, depth first, with `[]` for items and `.*` for values of a map. */
function rowsOf(node: SchemaNode, path: string): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const here = `${path}.${name}`;
    return [{ path: here, node: child, required: node.required?.includes(name) ?? false }, ...childRows(child, here)];
  });
}

function childRows(node: SchemaNode, path: string): Row[] {
  if (node.items?.properties) return rowsOf(node.items, `${path}[]`);
  if (node.additionalProperties?.properties) return rowsOf(node.additionalProperties, `${path}.*`);
  return rowsOf(node, path);
}

function typeOf(node: SchemaNode): string {
  const marked = node['x-tagservice-type'];
  if (typeof marked === 'string') return marked;
  if (node.items) return `${node['x-kubernetes-list-type'] === 'map' ? 'list' : 'set'} of ${typeOf(node.items)}`;
  if (node.additionalProperties) return `map to ${typeOf(node.additionalProperties)}`;
  return node.type ?? 'object';
}

const range = (low: unknown, high: unknown, unit: string): string | undefined =>
  high === undefined || high === Number.MAX_SAFE_INTEGER ? undefined : `${String(low ?? 0)} to ${String(high)}${unit}`;

function boundsOf(node: SchemaNode): string {
  const { enum: words, maximum, maxLength, maxItems, maxProperties } = node;
  if (Array.isArray(words)) return words.map((word) => (word === '' ? 'empty' : `\`${String(word)}\``)).join(', ');
  const written = node['x-tagservice-bounds'];
  if (typeof written === 'string') return written;
  return (
    range(node['minimum'], maximum, '') ??
    range(node['minItems'], maxItems, ' entries') ??
    range(0, maxProperties, ' entries') ??
    range(node['minLength'], maxLength, ' characters') ??
    ''
  );
}

function defaultOf(node: SchemaNode, required: boolean): string {
  if (required) return '**required**';
  if (node.default === undefined || node.type === 'object') return '';
  return node.default === ''
    ? '`""`'
    : `\`${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}\``;
}

const cell = (text: string): string =>
  text
    .replaceAll('|', String.raw`\|`)
    .replaceAll('\n', ' ')
    .replaceAll('<', '&lt;');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const fieldTable = (rows: readonly Row[]): string =>
  table(
    ['Field', 'Type', 'Default', 'Allowed', 'Meaning'],
    rows.map(({ path, node, required }) => [
      `\`${path.replace(/^\./, '')}\``,
      cell(typeOf(node)),
      cell(defaultOf(node, required)),
      cell(boundsOf(node)),
      cell(node.description ?? ''),
    ]),
  );

/** The rules of a schema that compare fields; the ones about a single range are in its row already. */
function rulesOf(node: SchemaNode, path: string): { path: string; rule: string }[] {
  const own = (node['x-kubernetes-validations'] as Validation[] | undefined) ?? [];
  const here = node.type === 'object' ? own.map(({ rule }) => ({ path, rule })) : [];
  const children = Object.entries(node.properties ?? {}).flatMap(([name, child]) => rulesOf(child, `${path}.${name}`));
  return [...here, ...children];
}

/** The reference pages in Markdown, by file name. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['tagservice.md', servicePage()],
    ...OWNED_KINDS.map((owned) => [`${owned.kind.toLowerCase()}.md`, ownedPage(owned)] as const),
  ]);
}

type Column = { readonly name: string; readonly priority?: number; readonly description: string };

const columnTable = (columns: readonly Column[]): string =>
  table(
    ['Column', 'Shown', 'Meaning'],
    columns.map(({ name, priority, description }) => [
      name,
      priority === undefined ? 'always' : 'with `-o wide`',
      description,
    ]),
  );

const HEADER = '<!-- Generated from libs/crd by `npm run generate`. Do not edit. -->';

function ownedPage(owned: OwnedKind): string {
  const { spec, status } = annotatedSchemasOf(owned);
  return `${HEADER}

# ${owned.kind} (${API_VERSION})

Short name \`${owned.shortName}\`, category \`tagservice\`. ${owned.description}

## Spec

Immutable: the API server refuses every change of it.

${fieldTable(rowsOf(spec, '.spec'))}

## Status

${fieldTable(rowsOf(status, '.status'))}

## Columns

${columnTable(owned.columns)}
`;
}

function servicePage(): string {
  const { spec, status } = annotatedSchemas;
  const rules = [{ path: 'metadata', rule: nameFits.rule }, ...rulesOf(spec, 'spec')];
  return `${HEADER}

# ${KIND} (${API_VERSION})

Short name \`tsvc\`, categories \`all\` and \`tagservice\`. Durations are written like \`500ms\`, \`5s\`, \`1h30m\` or \`7d\`; sizes like \`512Mi\` or \`8Gi\`.

\`\`\`yaml
apiVersion: ${API_VERSION}
kind: ${KIND}
metadata: { name: demo, namespace: tags }
spec:
  kafka:
    brokers: ['kafka.kafka:9092']
\`\`\`

There is no \`scale\` subresource: replicas belong to the HorizontalPodAutoscalers, so set \`spec.scaling\` instead.

## Spec

${fieldTable(rowsOf(spec, '.spec').map((row) => ({ ...row, path: row.path.replace(/^\.spec/, 'spec') })))}

## Rules

The API server refuses a resource that breaks one of these, and says which field, which value and what to write instead. In a rule about \`oldSelf\` the old value is the one stored.

${table(
  ['Where', 'Rule'],
  rules.map(({ path, rule }) => [`\`${path}\``, `\`${cell(rule)}\``]),
)}

## Status

${fieldTable(rowsOf(status, '.status'))}

## Columns

${columnTable(PRINTER_COLUMNS)}
`;
}
