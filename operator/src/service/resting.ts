import type { Clock } from '@tagservice/controller-runtime';
import type { TagServiceObject } from '../resource.ts';
import type { StepReport } from '../step/step.ts';

/**
 * How long a service at rest is looked at only where no watch tells of changes, in milliseconds. Then it is looked at as a whole again, whatever
 * was told.
 */
export const WHOLE_LOOK_MS = 60_000;

type Rest = { readonly object: TagServiceObject; readonly since: number; readonly seen: string };

/**
 * Services at rest. All that they are made of is watched, but for Kafka: while nothing is told of one, only that has to be looked at, and where it
 * is as it was, so is everything else. With a thousand services whole looks would take a processor of their own.
 */
export class RestingServices {
  readonly #clock: Clock;
  /** By uid. */
  readonly #known = new Map<string, Rest>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A whole look found nothing to do, and `seen` of what no watch tells of. */
  note(object: TagServiceObject, seen: string): void {
    this.#known.set(object.metadata.uid, { object, since: this.#clock.monotonic(), seen });
  }

  /** What was seen at the last whole look; undefined where that is too long ago, was no rest, or of another version of the resource. */
  seen(object: TagServiceObject): string | undefined {
    const known = this.#known.get(object.metadata.uid);
    if (known?.object !== object || this.#clock.monotonic() - known.since >= WHOLE_LOOK_MS) return undefined;
    return known.seen;
  }

  /** A service is gone, or not at rest. */
  forget(uid: string): void {
    this.#known.delete(uid);
  }
}

/** Nothing is under way and nothing is wrong. What is wrong may be tried again by its step at any look. */
export function isAtRest(reports: readonly StepReport[]): boolean {
  const outcomes = reports.flatMap((report) => Object.values(report.outcomes));
  return outcomes.every(({ kind }) => kind === 'done' || kind === 'advisory');
}

/** What was found where no watch tells of changes, as one text. What was corrected is news each time: then there is none. */
export function seenOf(reports: readonly StepReport[], metricsApiProblem: string | undefined): string | undefined {
  if (reports.some(({ corrections = [] }) => corrections.length > 0)) return undefined;
  return JSON.stringify([metricsApiProblem, ...reports]);
}
