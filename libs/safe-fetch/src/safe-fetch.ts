import { createFetcher } from './fetcher.ts';
import { allLayers } from './layers.ts';
import type { SafeFetch } from './options.ts';
import { resolveHost } from './resolve.ts';
import type { Resolve } from './resolve.ts';
import type { HostTurns } from './turns.ts';
import { realWire } from './wire.ts';

/** {@link safeFetch} with another name resolution, and with turns in front of hosts. Each remembers its own robots.txt files. */
export function createSafeFetch(resolve: Resolve = resolveHost, turns?: HostTurns): SafeFetch {
  return createFetcher({ resolve, layers: allLayers, wire: realWire, ...(turns !== undefined && { turns }) });
}

/**
 * Fetches a page without being usable against the network it runs in: only http and https, only public addresses (judged by the URL, by all
 * that its name resolves to before each hop, and by the other end of the open socket), at most 3 redirects and none from https to http,
 * bounded time and size.
 */
export const safeFetch: SafeFetch = createSafeFetch();
