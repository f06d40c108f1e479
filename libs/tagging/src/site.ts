/** The names under which a site may put itself into its titles: what it says, and the second-level label of its host. */
export function siteNames(url: string, declared: string): readonly string[] {
  const labels = (URL.parse(url)?.hostname ?? '').replace(/^www\./, '').split('.');
  const label = labels.length > 1 ? (labels.at(-2) ?? '') : '';
  return [declared, label].filter((name) => name.length > 2);
}

const separators = /\s+[|\-–—·•»«:]+\s+|\s*\|\s*/u;

/** The title without the site's own name; a heading of the page that the title begins with is the title itself. */
export function cleanTitle(
  title: string,
  site: { readonly names: readonly string[]; readonly heading: string },
): string {
  const folded = site.heading.toLowerCase();
  if (folded.length > 10 && title.toLowerCase().startsWith(folded)) return site.heading;
  const names = new Set(site.names.map(squeezed));
  const parts = title.split(separators).filter((part) => part !== '');
  const own = parts.filter((part) => !names.has(squeezed(part)));
  if (own.length === 0 || own.length === parts.length) return title;
  return own.join(' – ');
}

function squeezed(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}
