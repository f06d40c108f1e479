import { Problem, invalidParameter } from './problem.error.ts';

/** The query of a request as Fastify's parser gives it: a repeated parameter is a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Refuses parameters that the route does not know: most often the URL was not percent-encoded and lost its tail. */
export function refuseUnknown(query: Query, known: readonly string[]): void {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const fix = known.includes('url')
    ? 'If it belongs to the page, percent-encode the whole URL (& becomes %26).'
    : `Leave it out. Known here: ${known.join(', ') || 'none'}.`;
  throw invalidParameter(
    unknown.slice(0, 100),
    `The parameter ${JSON.stringify(unknown.slice(0, 100))} is not known here.`,
    fix,
  );
}

/** A parameter given at most once. */
export function single(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw invalidParameter(name, `The parameter ${name} was given more than once.`, 'Give it once.');
}

/** The URL that a request is about. */
export function requiredUrl(query: Query): string {
  refuseUnknown(query, ['url']);
  const url = single(query, 'url');
  if (url === undefined || url === '')
    throw new Problem('URL_MISSING', { errors: [{ pointer: 'url', detail: 'It is missing.' }] });
  return url;
}

/** A page size: more than the most is cut to it (AIP-158), what is no positive number is refused. */
export function pageSize(
  query: Query,
  { fallback, most }: { readonly fallback: number; readonly most: number },
): number {
  const text = single(query, 'limit');
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Math.min(Number(text), most);
  throw invalidParameter('limit', 'limit is not a positive whole number.', `Give a number from 1 to ${String(most)}.`);
}
