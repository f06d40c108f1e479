import { annotatedSchemas, type SchemaNode } from '@tagservice/crd';

/** One step of a path: a field, an entry of a list, or an entry of a map. */
export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'item' }
  | { readonly kind: 'entry'; readonly key: string };

/** One place of the spec that takes a value of its own: a leaf, a list or a map. */
export type Field = {
  /** As messages write it, without numbers: `spec.api.pod.env.name`. */
  readonly text: string;
  readonly path: readonly Step[];
  readonly node: SchemaNode;
  /** The object that it stands in cannot be without it. */
  readonly isRequired: boolean;
};

/** The entry of a map that values are tried in. */
const ENTRY_KEYS: Readonly<Record<string, string>> = { requests: 'cpu', limits: 'cpu' };
const OTHER_KEY = 'example.com/tried';

/** Every place of the spec that takes a value, in the order of the definition. */
export function fieldsOf(schema: SchemaNode = annotatedSchemas.spec): readonly Field[] {
  return below({ text: 'spec', path: [], node: schema, isRequired: true });
}

function below(field: Field): readonly Field[] {
  const { text, path, node } = field;
  if (node.properties !== undefined)
    return Object.entries(node.properties).flatMap(([name, child]) =>
      below({
        text: `${text}.${name}`,
        path: [...path, { kind: 'field', name }],
        node: child,
        isRequired: node.required?.includes(name) === true,
      }),
    );
  if (node.items !== undefined)
    return [
      field,
      ...below({ text: `${text}[]`, path: [...path, { kind: 'item' }], node: node.items, isRequired: false }),
    ];
  if (node.additionalProperties === undefined) return [field];
  const key = ENTRY_KEYS[text.split('.').at(-1) ?? ''] ?? OTHER_KEY;
  return [
    field,
    {
      text: `${text}.${key}`,
      path: [...path, { kind: 'entry', key }],
      node: node.additionalProperties,
      isRequired: false,
    },
  ];
}

/** What a field makes of nothing: its default, or undefined. */
export const defaultOf = ({ node }: Pick<Field, 'node'>): unknown => node.default;
