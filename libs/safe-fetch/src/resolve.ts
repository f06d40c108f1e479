import { Resolver, lookup } from 'node:dns/promises';
import type { Network } from './address.ts';
import { FetchFailure } from './result.ts';

export interface ResolveOptions {
  readonly signal: AbortSignal;
  readonly allowed: readonly Network[];
}

/** All addresses of a host, at least one. Throws a FetchFailure when there is none. */
export type Resolve = (host: string, options: ResolveOptions) => Promise<readonly string[]>;

/**
 * Asks DNS for the name exactly as it is, without the search list and the hosts file of the machine, whose entries lead inside. Where
 * networks are allowed, names of the inside are what the caller wants: then the machine's own resolution is the fallback.
 */
export const resolveHost: Resolve = async (host, options) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const cancel = () => {
    resolver.cancel();
  };
  options.signal.addEventListener('abort', cancel);
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    return await fallback(host, options, answers.map(reasonOf));
  } finally {
    options.signal.removeEventListener('abort', cancel);
  }
};

async function fallback(host: string, options: ResolveOptions, reasons: readonly string[]): Promise<readonly string[]> {
  if (options.allowed.length > 0 && !options.signal.aborted) {
    const found = await lookup(host, { all: true }).catch(() => []);
    if (found.length > 0) return found.map(({ address }) => address);
  }
  const missing = reasons.every((reason) => reason === 'ENOTFOUND' || reason === 'ENODATA');
  const detail = missing ? 'The host name has no address.' : 'The name server of the host did not answer.';
  throw new FetchFailure('FETCH_DNS', detail, { reason: reasons.join(' '), retriable: !missing });
}

function reasonOf(answer: PromiseSettledResult<unknown>): string {
  if (answer.status === 'fulfilled') return 'ENODATA';
  const error: unknown = answer.reason;
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
