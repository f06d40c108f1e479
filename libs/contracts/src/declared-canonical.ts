import { getDomain } from 'tldts';
import { canonicalUrl } from './canonical-url.ts';

/** What a `rel=canonical` longer than this says is not looked at. */
const LINK_MAX_LENGTH = 4_096;

/**
 * The address that a page names as its own (`rel=canonical`, RFC 6596), if it may be believed and is another than the one it was asked for
 * under; undefined otherwise.
 *
 * Believed is only an address of the same registrable domain by the public suffix list, private suffixes included (two users of
 * `github.io` are two sites), on the same or the default port, and not http where the page came by https. It is believed as a pointer
 * alone: the record stays under the address that was asked for, since a page that may speak for a corner of a site must not be able to
 * write what is known about its front page. Lists show one of the two.
 */
export function declaredCanonical(pageUrl: string, link: string): string | undefined {
  const page = URL.parse(pageUrl);
  const declared = link.length > LINK_MAX_LENGTH || link.trim() === '' ? null : URL.parse(link.trim(), pageUrl);
  if (page === null || declared === null) return undefined;
  const canonical = canonicalUrl(declared.href);
  if (!canonical.ok || canonical.url === pageUrl) return undefined;
  return maySpeakFor(page, new URL(canonical.url)) ? canonical.url : undefined;
}

function maySpeakFor(page: URL, canonical: URL): boolean {
  if (page.protocol === 'https:' && canonical.protocol === 'http:') return false;
  if (canonical.port !== '' && canonical.port !== page.port) return false;
  if (canonical.hostname === page.hostname) return true;
  const domain = siteOf(page.hostname);
  return domain !== null && domain === siteOf(canonical.hostname);
}

/** Null for addresses of machines, single names and public suffixes themselves. */
function siteOf(hostname: string): string | null {
  return getDomain(hostname, { allowPrivateDomains: true });
}
