import { createHash } from 'node:crypto';

/** A hash of JSON content that does not depend on the order of keys, nor on fields that are undefined. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/**
 * JSON with the keys of objects in order and without undefined fields: equal values make equal texts. Every child of every look at a service goes
 * through here, so it makes no lists but the keys.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${listed(value)}]`;
  return `{${fieldsOf(value as Readonly<Record<string, unknown>>)}}`;
}

function listed(values: readonly unknown[]): string {
  let text = '';
  for (const value of values) text += text === '' ? canonicalJson(value) : `,${canonicalJson(value)}`;
  return text;
}

function fieldsOf(record: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const key of inOrder(Object.keys(record))) {
    const value = record[key];
    if (value === undefined) continue;
    const field = `${JSON.stringify(key)}:${canonicalJson(value)}`;
    text += text === '' ? field : `,${field}`;
  }
  return text;
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
