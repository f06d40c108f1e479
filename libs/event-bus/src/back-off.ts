/** Bounds of growing pauses, in milliseconds. */
export interface BackOff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Pause before the given retry (1, 2, ...): doubles up to the maximum, of which a random half is taken off so that many do not return at once. */
export function backOffMs({ initialMs, maxMs }: BackOff, retry: number, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, initialMs * 2 ** Math.min(retry - 1, 30));
  return ceiling * (0.5 + random() / 2);
}
