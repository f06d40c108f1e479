import { parseNetworks } from './address.ts';
import { toFailure } from './failure.ts';
import { travel } from './journey.ts';
import type { Layers } from './layers.ts';
import { readPage } from './page.ts';
import type { Resolve } from './resolve.ts';
import type { SafeFetch } from './safe-fetch.ts';
import type { Wire } from './wire.ts';

/** What a fetch is made of. Only tests choose the layers and the wire. */
export interface FetcherParts {
  readonly resolve: Resolve;
  readonly layers: Layers;
  readonly wire: Wire;
}

const MAX_REDIRECTS = 3;
const ACCEPT = 'text/html,application/xhtml+xml,text/plain;q=0.8';

/** A {@link SafeFetch} of these parts. Not for products: with a layer off it is not safe. */
export function createFetcher(parts: FetcherParts): SafeFetch {
  return async (url, options) => {
    const limit = AbortSignal.timeout(options.timeoutMs);
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
    try {
      const journey = { ...options, ...parts, signal, allowed: parseNetworks(options.allowedNetworks) };
      return await travel(url, journey, {
        mostRedirects: MAX_REDIRECTS,
        accept: ACCEPT,
        read: (hop, at) => readPage(hop, at, options),
      });
    } catch (error) {
      return toFailure(error, signal).toResult();
    }
  };
}
