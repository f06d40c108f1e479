import { canonicalJson } from './canonical.ts';
import { elementsBy, isRecord, listKey } from './projection.ts';
import type { FieldDifference, FieldDifferences } from './types.ts';

/** Most differences named; who has more to look at compares the objects. */
const mostFields = 50;
const longestText = 200;
const secretText = '(secret)';

/** Nothing differs. */
export const noDifferences: FieldDifferences = { fields: [], omitted: 0 };

/** Tells the fields in which `found` is not as `wanted`, with their paths. Values of a Secret are never shown. */
export function differencesOf(kind: string, found: unknown, wanted: unknown): FieldDifferences {
  const all: FieldDifference[] = [];
  compare({ path: [], isSecret: (path) => kind === 'Secret' && isSecretData(path), into: all }, found, wanted);
  return all.length === 0
    ? noDifferences
    : { fields: all.slice(0, mostFields), omitted: Math.max(0, all.length - mostFields) };
}

type Walk = { path: readonly string[]; isSecret: (path: readonly string[]) => boolean; into: FieldDifference[] };

function compare(walk: Walk, found: unknown, wanted: unknown): void {
  const key = Array.isArray(found) && Array.isArray(wanted) ? listKey(found, wanted) : undefined;
  if (isWalked(walk, found, wanted)) compareRecords(walk, recordOf(found), recordOf(wanted));
  else if (key !== undefined) compareElements(walk, key, { found: found as unknown[], wanted: wanted as unknown[] });
  else if (textWhole(found) !== textWhole(wanted)) tell(walk, found, wanted);
}

/** An object that is missing as a whole is still told field by field: that is what people know by name. Inner empty ones have no fields. */
function isWalked({ path }: Walk, found: unknown, wanted: unknown): boolean {
  const sides = [found, wanted].filter((side) => side !== undefined);
  return (
    sides.length > 0 && sides.every((side) => isRecord(side) && (path.length === 0 || Object.keys(side).length > 0))
  );
}

function compareRecords(walk: Walk, found: Record<string, unknown>, wanted: Record<string, unknown>): void {
  for (const key of new Set([...Object.keys(found), ...Object.keys(wanted)])) {
    const inner = { ...walk, path: [...walk.path, step(key, walk.path.length === 0)] };
    compare(inner, own(found, key), own(wanted, key));
  }
}

function compareElements(walk: Walk, key: string, lists: { found: unknown[]; wanted: unknown[] }): void {
  const found = elementsBy(key, lists.found);
  const wanted = elementsBy(key, lists.wanted);
  for (const value of new Set([...found.keys(), ...wanted.keys()])) {
    const inner = { ...walk, path: [...walk.path, `[${key}=${String(value)}]`] };
    const [before, after] = [found.get(value), wanted.get(value)];
    // A whole element that came or went is one difference.
    if (before === undefined || after === undefined) tell(inner, before, after);
    else compare(inner, before, after);
  }
}

function tell({ path, isSecret, into }: Walk, found: unknown, wanted: unknown): void {
  const show = isSecret(path) ? (value: unknown) => (value === undefined ? undefined : secretText) : textOf;
  into.push({ path: path.join(''), found: show(found), wanted: show(wanted) });
}

function textOf(value: unknown): string | undefined {
  const text = textWhole(value);
  return text !== undefined && text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}

function textWhole(value: unknown): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}

/** `.name`, or `["a.b/c"]` for keys that are no plain names. */
function step(key: string, first: boolean): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `[${JSON.stringify(key)}]`;
  return first ? key : `.${key}`;
}

/** `data` and `stringData`, and the annotation in which kubectl keeps a copy of them. */
function isSecretData([top, next, last]: readonly string[]): boolean {
  if (top === 'metadata') return next === '.annotations' && (last?.includes('last-applied-configuration') ?? true);
  return top === 'data' || top === 'stringData';
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
