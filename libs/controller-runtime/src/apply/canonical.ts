import { createHash } from 'node:crypto';

/** A hash of JSON content that does not depend on the order of keys, nor on fields that are undefined. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/**
 * JSON with the keys of objects in order and without undefined fields: equal values make equal texts. Every child of every look at a service goes
 * through here, so it makes no lists but the keys, and no text but the one.
 */
export function canonicalJson(value: unknown): string {
  return written('', value);
}

/** The text with the value behind it. */
function written(text: string, value: unknown): string {
  if (typeof value !== 'object' || value === null) return text + JSON.stringify(value ?? null);
  if (Array.isArray(value)) return listWritten(text, value);
  return fieldsWritten(text, value as Readonly<Record<string, unknown>>);
}

function listWritten(text: string, values: readonly unknown[]): string {
  let all = `${text}[`;
  for (let index = 0; index < values.length; index += 1) all = written(index === 0 ? all : `${all},`, values[index]);
  return `${all}]`;
}

function fieldsWritten(text: string, record: Readonly<Record<string, unknown>>): string {
  let all = text;
  let separator: keyof Name = 'first';
  for (const key of inOrder(Object.keys(record))) {
    const value = record[key];
    if (value === undefined) continue;
    all = written(all + nameOf(key)[separator], value);
    separator = 'further';
  }
  return separator === 'first' ? `${all}{}` : `${all}}`;
}

/** The name of a field with what stands before and behind it. */
type Name = { readonly first: string; readonly further: string };

/** Objects of Kubernetes have a few hundred different ones. */
const MOST_NAMES = 4_096;
const names = new Map<string, Name>();

function nameOf(key: string): Name {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = JSON.stringify(key);
  const made = { first: `{${name}:`, further: `,${name}:` };
  if (names.size < MOST_NAMES) names.set(key, made);
  return made;
}

/** Up to so many keys are put in order by insertion, which is quicker than the general sort for few. */
const FEW = 16;

/** Puts keys in the order of their code units, in place. */
function inOrder(keys: string[]): string[] {
  if (keys.length > FEW) return keys.sort();
  for (let end = 1; end < keys.length; end += 1) {
    const key = keys[end] ?? '';
    let place = end;
    for (let before = keys[place - 1]; place > 0 && before !== undefined && before > key; before = keys[place - 1]) {
      keys[place] = before;
      place -= 1;
    }
    keys[place] = key;
  }
  return keys;
}
