import { isIP } from 'node:net';
import { classifyAddress } from './address.ts';
import type { Network } from './address.ts';
import type { Layers } from './layers.ts';
import type { Resolve } from './resolve.ts';
import { FetchFailure } from './result.ts';
import type { Endpoint } from './wire.ts';

/** A URL whose every address has been judged. Only these addresses may be dialled. */
export interface Target {
  readonly url: URL;
  readonly addresses: readonly string[];
}

const URL_MAX_LENGTH = 2048;
const NAME_MAX_LENGTH = 253;

// Names that mean "inside": special-use names of the IANA registry and those that clouds and Kubernetes use.
const insideSuffixes = [
  'localhost',
  'local',
  'internal',
  'svc',
  'arpa',
  'lan',
  'intranet',
  'private',
  'corp',
  'home',
  'localdomain',
  'invalid',
  'test',
  'onion',
  'alt',
];

/** White space, control characters and backslashes: the parser drops, trims or turns them. */
const treacherous = /[\\\s\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
/** The same for a redirect, in whose text sloppy sites leave spaces. */
const turning = /[\\\p{Cc}]/u;
/** In a host: percent-encoding, which the parser decodes, and characters that show nothing or turn the text around. */
const deceptiveInHost = /[%\p{Cf}]/u;

/** Every refusal has this one sentence, so that the answer does not map the inside; the reason is for logs and metrics. */
export function refused(reason: string): FetchFailure {
  return new FetchFailure('FETCH_REFUSED', 'The page is not at a public address.', { reason });
}

/**
 * Reads a URL strictly: the parser silently drops tabs and newlines, turns backslashes, decodes hosts and mends slashes, so the raw text is
 * judged first. What honest people write passes; what two parsers could read in two ways does not.
 *
 * @throws FetchFailure
 */
export function parseTarget(raw: string): URL {
  if (raw.length > URL_MAX_LENGTH || treacherous.test(raw)) throw refused('malformed');
  const url = URL.parse(raw);
  if (url === null) throw refused('malformed');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('scheme');
  judgeAuthority(/^https?:\/\/([^/?#]+)/i.exec(raw)?.[1]);
  if (!isHost(hostOf(url))) throw refused('malformed');
  return url;
}

function judgeAuthority(authority: string | undefined): void {
  if (authority === undefined) throw refused('malformed');
  if (authority.includes('@')) throw refused('credentials');
  if (deceptiveInHost.test(authority)) throw refused('malformed');
}

/**
 * Reads where a redirect leads. Its text may be relative and need not be pretty, but must not change its meaning with the parser.
 *
 * @throws FetchFailure
 */
export function parseLocation(raw: string, from: URL): URL {
  if (raw.length > URL_MAX_LENGTH || turning.test(/^[^?#]*/.exec(raw)?.[0] ?? '')) throw refused('malformed');
  const authority = /^\s*(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)/i.exec(raw)?.[1];
  if (authority !== undefined) judgeAuthority(authority);
  const url = URL.parse(raw, from.href);
  if (url === null) throw new FetchFailure('FETCH_REDIRECT', 'The page redirects to nowhere.', { reason: 'location' });
  return url;
}

/** The host of a URL as it is resolved: without brackets and the dot of the root. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

export interface TargetRules {
  readonly allowed: readonly Network[];
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
  readonly layers: Layers;
}

/**
 * Judges a URL by itself, then resolves its host and judges all its addresses: one refused address refuses the lot, because which one is
 * dialled is up to the attacker's name server. Ports and names of the inside are accepted only when every address is in an allowed network.
 *
 * @throws FetchFailure
 */
export async function checkTarget(url: URL, rules: TargetRules): Promise<Target> {
  const { allowed, layers } = rules;
  const host = hostOf(url);
  const insideOnly = layers.url ? judgeUrl(url, allowed) : undefined;
  const addresses = isIP(host) === 0 ? await rules.resolve(host, rules) : [host];
  for (const address of addresses) {
    if (layers.address) judgeEndpoint({ address, port: portOf(url) }, allowed);
    if (insideOnly !== undefined && classifyAddress(address, allowed).verdict !== 'allowed') throw refused(insideOnly);
  }
  return { url, addresses };
}

/** The layer of the URL: answers why it can only be meant for the inside where that may be allowed, and throws where it may not. */
function judgeUrl(url: URL, allowed: readonly Network[]): string | undefined {
  const host = hostOf(url);
  const reason = insideReason(url, host);
  if (reason !== undefined && allowed.length === 0) throw refused(reason);
  if (isIP(host) !== 0) {
    const found = classifyAddress(host, allowed);
    if (found.verdict === 'refused') throw refused(found.reason);
  }
  return reason;
}

/**
 * The layers of the address and of the socket: one end of a connection, by its address and port.
 *
 * @throws FetchFailure
 */
export function judgeEndpoint({ address, port }: Endpoint, allowed: readonly Network[]): void {
  const found = classifyAddress(address, allowed);
  if (found.verdict === 'refused') throw refused(found.reason);
  if (found.verdict === 'global' && port !== 80 && port !== 443) throw refused('port');
}

/** The port that a URL is dialled at. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** Why a URL can only be meant for the inside, whatever it resolves to. */
function insideReason(url: URL, host: string): string | undefined {
  if (![80, 443].includes(portOf(url))) return 'port';
  return isIP(host) === 0 && isInsideName(host) ? 'name' : undefined;
}

function isInsideName(host: string): boolean {
  const name = host.toLowerCase();
  if (!name.includes('.') || name.startsWith('metadata.')) return true;
  return insideSuffixes.some((suffix) => name.endsWith(`.${suffix}`));
}

/** A literal address, or a name that DNS could hold. */
function isHost(host: string): boolean {
  if (isIP(host) !== 0) return true;
  return host.length <= NAME_MAX_LENGTH && host.split('.').every((label) => /^[a-z0-9_-]{1,63}$/i.test(label));
}
