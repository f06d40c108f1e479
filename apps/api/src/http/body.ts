import type { z } from 'zod';
import { Problem } from './problem.error.ts';

/** Most faults that one answer lists. */
const MOST_FAULTS = 10;

/**
 * Reads the body by the schema that the OpenAPI document is made of.
 *
 * @throws Problem with a JSON pointer and a remedy for each fault, ten at most
 */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const errors = read.error.issues.slice(0, MOST_FAULTS).map((issue) => ({
    pointer: pointerTo(issue.path),
    detail: `${issue.message}.`.slice(0, 300),
    fix: remedyOf(issue),
  }));
  throw new Problem('PARAMETER_INVALID', { detail: 'The body does not follow its schema.', errors });
}

/** RFC 6901: `['urls', 3]` -> `/urls/3`; the whole body is the empty pointer. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

type Issue = z.core.$ZodIssue;

const remedies: { readonly [Code in Issue['code']]?: (issue: Extract<Issue, { code: Code }>) => string } = {
  unrecognized_keys: ({ keys }) => `Leave out ${JSON.stringify(keys.slice(0, 3)).slice(1, -1)}.`.slice(0, 300),
  invalid_type: ({ expected }) => `Give one of type ${expected}.`,
  too_big: ({ maximum }) => `Give ${String(maximum)} at most.`,
  too_small: ({ minimum }) => `Give ${String(minimum)} at least.`,
  invalid_value: ({ values }) => `Give one of ${values.map((value) => JSON.stringify(value)).join(', ')}.`,
};

function remedyOf(issue: Issue): string {
  const remedy = remedies[issue.code] as ((issue: Issue) => string) | undefined;
  return remedy?.(issue) ?? 'See the schema of this request in /openapi.json.';
}
