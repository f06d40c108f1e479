/** What a caller prefers (RFC 7240); what is unknown or malformed is ignored, as the RFC asks. */
export interface Preferences {
  /** Longest wait in milliseconds, never more than the limit. */
  readonly waitMs: number;
  /** What was honoured, for `Preference-Applied`; undefined when nothing was asked. */
  readonly applied: string | undefined;
}

/** Reads `Prefer: respond-async, wait=3`. With `respond-async` alone nothing is waited for; with a `wait` as well, so long. */
export function readPreferences(header: string | readonly string[] | undefined, limitMs: number): Preferences {
  if (header === undefined) return { waitMs: limitMs, applied: undefined };
  const asked = new Map(
    [header]
      .flat()
      .join(',')
      .split(/[,;]/)
      .map((item) => item.trim().toLowerCase())
      .map((item): [string, string] => {
        const [name = '', value = ''] = item.split('=', 2);
        return [name.trim(), value.trim().replaceAll('"', '')];
      }),
  );
  const wait = asked.get('wait');
  const seconds = wait !== undefined && /^\d{1,6}$/.test(wait) ? Number(wait) : undefined;
  const async = asked.has('respond-async');
  const applied = [...(async ? ['respond-async'] : []), ...(seconds === undefined ? [] : [`wait=${String(seconds)}`])];
  const wantedMs = seconds === undefined ? (async ? 0 : limitMs) : seconds * 1000;
  return { waitMs: Math.min(wantedMs, limitMs), applied: applied.length === 0 ? undefined : applied.join(', ') };
}
