import { isIP } from 'node:net';
import { classifyAddress } from './address.ts';
import type { Network } from './address.ts';
import type { Resolve } from './resolve.ts';
import { FetchFailure } from './result.ts';

/** A URL whose every address has been judged. Only these addresses may be dialled. */
export interface Target {
  readonly url: URL;
  readonly addresses: readonly string[];
}

const URL_MAX_LENGTH = 2048;
const publicPorts = new Set(['', '80', '443']);

// Names that mean "inside": special-use names of the IANA registry and those that clouds and Kubernetes use.
const insideSuffixes = [
  'localhost',
  'local',
  'internal',
  'svc',
  'home.arpa',
  'lan',
  'intranet',
  'corp',
  'home',
  'localdomain',
  'invalid',
  'onion',
];

/** Every refusal has this one sentence, so that the answer does not map the inside; the reason is for logs and metrics. */
export function refused(reason: string): FetchFailure {
  return new FetchFailure('FETCH_REFUSED', 'The page is not at a public address.', { reason });
}

/** Reads a URL strictly: the parser silently drops tabs and newlines and turns backslashes, so the raw text is judged first. */
export function parseTarget(raw: string): URL {
  if (raw.length > URL_MAX_LENGTH || [...raw].some(isTreacherous)) throw refused('malformed');
  const url = URL.parse(raw);
  if (url === null) throw refused('malformed');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('scheme');
  if (url.username !== '' || url.password !== '') throw refused('credentials');
  if (url.hostname === '') throw refused('malformed');
  return url;
}

export interface TargetRules {
  readonly allowed: readonly Network[];
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
}

/**
 * Resolves the host and judges all its addresses: one refused address refuses the lot, because which one is dialled is up to the
 * attacker's name server. Ports and names of the inside are accepted only when every address is in an allowed network.
 *
 * @throws FetchFailure
 */
export async function checkTarget(url: URL, rules: TargetRules): Promise<Target> {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const inside = insideReason(url, host);
  if (inside !== undefined && rules.allowed.length === 0) throw refused(inside);
  const addresses = isIP(host) === 0 ? await rules.resolve(host, rules) : [host];
  for (const address of addresses) {
    const found = classifyAddress(address, rules.allowed);
    if (found.verdict === 'refused') throw refused(found.reason);
    if (found.verdict === 'global' && inside !== undefined) throw refused(inside);
  }
  return { url, addresses };
}

/** Why a URL can only be meant for the inside, whatever it resolves to. */
function insideReason(url: URL, host: string): string | undefined {
  if (!publicPorts.has(url.port)) return 'port';
  return isIP(host) === 0 && isInsideName(host) ? 'name' : undefined;
}

function isInsideName(host: string): boolean {
  const name = host.toLowerCase();
  if (!name.includes('.') || name.startsWith('metadata.')) return true;
  return insideSuffixes.some((suffix) => name.endsWith(`.${suffix}`));
}

function isTreacherous(character: string): boolean {
  return character <= ' ' || character === '\u007f' || character === '\\';
}
