import type { z } from 'zod';
import { Problem, invalidParameter } from './problem.error.ts';

/** The query of a request as Fastify's parser gives it: a repeated parameter is a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Longest name of a parameter that an answer repeats. */
const SHOWN_LENGTH = 100;

/**
 * Reads the query by the schema that the OpenAPI document is made of.
 *
 * @throws Problem that names the parameter: unknown here, given twice, missing or out of range, each with its remedy
 */
export function readQuery<Schema extends z.ZodObject>(schema: Schema, query: Query): z.output<Schema> {
  const known = parametersOf(schema);
  refuseUnknown(query, known);
  const given = givenOf(query, known);
  if (known.includes('url') && (given['url'] ?? '') === '')
    throw new Problem('URL_MISSING', { errors: [{ pointer: 'url', detail: 'It is missing.' }] });
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const name = String(issue?.path[0] ?? '');
  const wanted = issue?.message ?? 'is not valid';
  throw invalidParameter(name, `${name} ${wanted}.`, `Give ${wanted.replace(/^is not /, '')}.`);
}

function givenOf(query: Query, known: readonly string[]): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const name of known) {
    const value = single(query, name);
    if (value !== undefined) given[name] = value;
  }
  return given;
}

const parameters = new WeakMap<z.ZodObject, readonly string[]>();

/** Looked up once per schema, of which there are as many as routes. */
function parametersOf(schema: z.ZodObject): readonly string[] {
  const known = parameters.get(schema);
  if (known !== undefined) return known;
  const names = Object.keys(schema.shape);
  parameters.set(schema, names);
  return names;
}

/** Most often the URL was not percent-encoded and lost its tail. */
function refuseUnknown(query: Query, known: readonly string[]): void {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const others = `Leave it out. Known here: ${known.join(', ') || 'none'}.`;
  const fix = known.includes('url')
    ? `If it belongs to the page, percent-encode the whole URL (& becomes %26). ${others}`
    : others;
  const shown = unknown.slice(0, SHOWN_LENGTH);
  throw invalidParameter(shown, `The parameter ${JSON.stringify(shown)} is not known here.`, fix);
}

/** A parameter given at most once. */
function single(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidParameter(name, `The parameter ${name} was given more than once.`, 'Give it once.');
}
