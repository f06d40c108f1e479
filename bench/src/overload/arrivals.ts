/** Classes of callers, as their tokens say. */
export type CallerClass = 'critical' | 'normal' | 'bulk';

/** A request to be sent, in milliseconds after the start. */
export interface Arrival {
  readonly atMs: number;
  readonly by: CallerClass;
}

export interface ArrivalOptions {
  /** Requests a second, of all classes together. */
  readonly rate: number;
  /** Of them, how many a second are critical. */
  readonly critical: number;
  /** Of those that are not critical, the part that is bulk. */
  readonly bulk: number;
  readonly durationMs: number;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
}

/** Requests at random times (Poisson), decided before any is sent: an open model, in which nobody waits for an answer before asking. */
export function arrivals({ rate, critical, bulk, durationMs, random }: ArrivalOptions): readonly Arrival[] {
  const found: Arrival[] = [];
  const meanMs = 1000 / rate;
  for (let atMs = gap(meanMs, random); atMs < durationMs; atMs += gap(meanMs, random)) {
    const isCritical = random() < critical / rate;
    found.push({ atMs, by: isCritical ? 'critical' : random() < bulk ? 'bulk' : 'normal' });
  }
  return found;
}

const gap = (meanMs: number, random: () => number): number => -meanMs * Math.log(1 - random());
