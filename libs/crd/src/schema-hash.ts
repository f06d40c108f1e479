import { createHash } from 'node:crypto';

/** Annotation of a definition in which the hash of its schema stands. */
export const SCHEMA_HASH_ANNOTATION = 'tagservice.dev/schema-hash';

/**
 * What tells whether two releases mean the same resources: a hash of a schema with its defaults, bounds and rules, without its descriptions. It
 * does not depend on the order of keys.
 */
export function schemaHash(schema: unknown): string {
  return createHash('sha256').update(canonical(schema)).digest('hex').slice(0, 16);
}

/** JSON with sorted keys. A property may be called `description`, too; only texts under that key are left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(
    ([key, entry]) => entry !== undefined && !(key === 'description' && typeof entry === 'string'),
  );
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
}
