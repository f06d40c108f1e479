import type { FetchResult } from './result.ts';
import type { IfChanged } from './validators.ts';

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
  /** What shall be there. Default: a page. A sitemap is XML or plain text, and may be a file that is compressed itself. */
  readonly wanted?: 'page' | 'sitemap';
  /** Answers `unchanged` where the host says that the page is as it was. */
  readonly ifChanged?: IfChanged;
}

/** Fetches one page and never throws: whatever the host does, the answer is a page or a coded failure. */
export type SafeFetch = (url: string, options: FetchOptions) => Promise<FetchResult>;
