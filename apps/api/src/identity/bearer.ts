import { TokenRefused } from './token-refused.error.ts';

/** Longest text between scheme and token that anybody writes by accident. */
const form = /^bearer {1,4}([\w.~+/=-]+) {0,4}$/i;

/**
 * The token of a request, undefined where there is none. Two headers are refused: Node keeps the first, a proxy before us may have read the
 * second.
 *
 * @throws TokenRefused
 */
export function bearerToken(headers: Readonly<Record<string, unknown>>, raw: readonly string[]): string | undefined {
  const header = headers['authorization'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || isRepeated(raw)) throw new TokenRefused('form');
  const token = form.exec(header)?.[1];
  if (token === undefined) throw new TokenRefused('form');
  return token;
}

function isRepeated(raw: readonly string[]): boolean {
  let seen = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') seen += 1;
  }
  return seen > 1;
}
