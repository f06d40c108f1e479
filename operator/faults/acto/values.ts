import { amounts } from './values.amounts.ts';
import { collections } from './values.collections.ts';
import { defaultOf, type Field } from './fields.ts';
import { numbers, words } from './values.scalars.ts';
import { texts } from './values.texts.ts';
import type { Choices, Named } from './values.choices.ts';

/** One value for one field. */
export type Value = {
  readonly field: Field;
  /** What is special about it: `min`, `longest`, `one too many`. */
  readonly name: string;
  /** undefined: the field is left out. */
  readonly value: unknown;
  /** False: the API server has to refuse it. */
  readonly valid: boolean;
};

/** Every edge of a field: those inside, and those just outside. */
export function valuesOf(field: Field): readonly Value[] {
  const { valid, invalid } = choicesOf(field);
  const absent = defaultOf(field) !== undefined && isAlone(field) ? { absent: undefined } : {};
  // The API server takes null for nothing, which is as good as any value where the field may be left out.
  const nothing = field.isRequired ? { null: null } : {};
  return [
    ...distinct({ ...absent, ...valid }).map(([name, value]) => ({ field, name, value, valid: true })),
    ...distinct({ ...invalid, ...nothing }).map(([name, value]) => ({ field, name, value, valid: false })),
  ];
}

/** A field that can be left out without taking an object with it. */
function isAlone({ path }: Field): boolean {
  return path.every(({ kind }) => kind === 'field');
}

function distinct(values: Named): (readonly [string, unknown])[] {
  const seen = new Set<string>();
  return Object.entries(values).filter(([, value]) => {
    const text = String(JSON.stringify(value));
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
}

function choicesOf(field: Field): Choices {
  const { node } = field;
  if (node.items !== undefined || node.additionalProperties !== undefined) return collections(field);
  if (node['enum'] !== undefined) return words(node);
  if (node['x-tagservice-type'] !== undefined) return amounts(node);
  if (node.type === 'string') return texts(field);
  return numbers(node);
}

/** A value in few words: `spec.redis.replicas max (9)`. */
export function valueText({ field, name, value }: Value): string {
  const text = value === undefined ? 'left out' : JSON.stringify(value);
  return `${field.text} ${name} (${text.length <= 60 ? text : `${text.slice(0, 60)}…`})`;
}
