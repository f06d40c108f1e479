/** Go-style durations ("1h30m", "500ms") plus whole days ("7d"), which Go lacks but cache lifetimes want. */
export const DURATION_PATTERN = String.raw`^(([0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h))+|[0-9]{1,4}d)$`;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)/g;
const WHOLE = new RegExp(DURATION_PATTERN);

/** Thrown for a text that is no duration; the API server refuses such a resource before the operator sees it. */
export class InvalidDurationError extends Error {
  override readonly name = 'InvalidDurationError';
  constructor(text: string) {
    super(`"${text}" is not a duration: write a number and a unit, for example 500ms, 5s, 24h or 7d`);
  }
}

/** Milliseconds of a duration text, rounded to a whole millisecond. Throws {@link InvalidDurationError}. */
export function parseDuration(text: string): number {
  if (!WHOLE.test(text)) throw new InvalidDurationError(text);
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (MILLISECONDS[unit ?? ''] ?? 0);
  return Math.round(total);
}

/** The shortest exact text of a number of milliseconds, in the largest unit that divides it (days only from one day up). */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = MILLISECONDS[unit] ?? 1;
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
