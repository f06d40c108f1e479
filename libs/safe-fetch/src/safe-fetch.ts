import { createFetcher } from './fetcher.ts';
import { allLayers } from './layers.ts';
import { resolveHost } from './resolve.ts';
import type { Resolve } from './resolve.ts';
import type { FetchResult } from './result.ts';
import type { HostTurns } from './turns.ts';
import type { IfChanged } from './validators.ts';
import { realWire } from './wire.ts';

export interface FetchOptions {
  /** For everything: name resolution, redirects, body. Waiting for robots.txt and for a turn does not count. */
  readonly timeoutMs: number;
  /** Of the decoded body, in bytes. A longer page is read up to here. */
  readonly maxBytes: number;
  readonly userAgent: string;
  /** Ranges (CIDR) that may be fetched from although they are not public, on any port. */
  readonly allowedNetworks: readonly string[];
  readonly signal?: AbortSignal;
  /** Whether the robots.txt of each host on the way is asked first. Default: it is not. */
  readonly robots?: 'Respect' | 'Ignore';
  /** Answers `unchanged` where the host says that the page is as it was. */
  readonly ifChanged?: IfChanged;
}

/** Fetches one page and never throws: whatever the host does, the answer is a page or a coded failure. */
export type SafeFetch = (url: string, options: FetchOptions) => Promise<FetchResult>;

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
