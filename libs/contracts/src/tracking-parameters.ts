/**
 * Query parameters that name a campaign or a click and never a page. Two addresses that differ only here are one page,
 * so they are dropped before hashing. Sources: the documentation of each vendor; the list is closed on purpose, since a
 * parameter dropped by mistake merges two pages into one.
 */
const exact: ReadonlySet<string> = new Set([
  '_ga',
  '_gl',
  '_hsenc',
  '_hsmi',
  '_openstat',
  'dclid',
  'epik',
  'fb_action_ids',
  'fb_action_types',
  'fb_source',
  'fbclid',
  'gbraid',
  'gclid',
  'gclsrc',
  'hsctatracking',
  'igsh',
  'igshid',
  'li_fat_id',
  'mc_cid',
  'mc_eid',
  'mkt_tok',
  'msclkid',
  'oly_anon_id',
  'oly_enc_id',
  'rb_clickid',
  'srsltid',
  'ttclid',
  'twclid',
  'vero_conv',
  'vero_id',
  'wbraid',
  'wickedid',
  'yclid',
]);

const prefixes: readonly string[] = ['utm_', 'pk_', 'mtm_', 'hsa_'];

/** Whether a query parameter of this (decoded) name only tracks its visitor. Case does not matter. */
export function isTrackingParameter(name: string): boolean {
  const lower = name.toLowerCase();
  return exact.has(lower) || prefixes.some((prefix) => lower.startsWith(prefix));
}
