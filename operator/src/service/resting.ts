import type { Clock } from '@tagservice/controller-runtime';
import type { TagServiceObject } from '../resource.ts';
import type { StepReport } from '../step/step.ts';

/**
 * How long a service at rest is looked at only where no watch tells of changes, in milliseconds, of which up to a fifth is taken off at random: of a
 * thousand services that were looked at in one go, the next whole looks come one by one. Then it is looked at as a whole again, whatever was told.
 */
export const WHOLE_LOOK_MS = 600_000;
const SPREAD = 0.2;
/**
 * Services at rest are looked at no more often than so many milliseconds apart, of which up to half is taken off at random: a look asks Kafka some
 * questions, and with a thousand services at ten seconds those were half of all that the operator did.
 */
const LOOK_SPACING_MS = 40;
const LOOK_SPREAD = 0.5;

/** `seen`: what no watch tells of, as one text; `again`: when to look at that, in milliseconds. */
export type Rest = { readonly seen: string; readonly again: number };
type Known = Rest & {
  readonly object: TagServiceObject;
  /** When the next whole look is due. */ readonly until: number;
};

/**
 * Services at rest. All that they are made of is watched, but for Kafka: while nothing is told of one, only that has to be looked at, and where it
 * is as it was, so is everything else. With a thousand services whole looks would take a processor of their own.
 */
export class RestingServices {
  readonly #clock: Clock;
  readonly #random: () => number;
  /** By uid. */
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A whole look found nothing to do. */
  note(object: TagServiceObject, rest: Rest): void {
    const until = this.#clock.monotonic() + WHOLE_LOOK_MS * (1 - SPREAD * this.#random());
    this.#known.set(object.metadata.uid, { ...rest, object, until });
  }

  /** How it was at the last whole look; undefined where that is too long ago, was no rest, or of another version of the resource. */
  before(object: TagServiceObject): Rest | undefined {
    const known = this.#known.get(object.metadata.uid);
    if (known?.object !== object || this.#clock.monotonic() >= known.until) return undefined;
    return known;
  }

  /** When to look next at one that wants to be looked at again in `wanted` milliseconds: later where they are many. */
  again(wanted: number): number {
    const spaced = this.#known.size * LOOK_SPACING_MS * (1 - LOOK_SPREAD * this.#random());
    return Math.max(wanted, Math.round(spaced));
  }

  /** A service is gone, or not at rest. */
  forget(uid: string): void {
    this.#known.delete(uid);
  }
}

/**
 * Nothing is under way, and nothing is wrong that a step would try again at its next look. What is only advised against rests, too: it is seen by
 * watches, or where no watch tells of changes.
 */
export function isAtRest(reports: readonly StepReport[]): boolean {
  if (reports.some(({ lookAgain }) => lookAgain)) return false;
  const outcomes = reports.flatMap((report) => Object.values(report.outcomes));
  return outcomes.every(({ kind }) => kind === 'done' || kind === 'advisory');
}

/** What was found where no watch tells of changes, as one text. What was corrected is news each time: then there is none. */
export function seenOf(reports: readonly StepReport[], metricsApiProblem: string | undefined): string | undefined {
  if (reports.some(({ corrections = [] }) => corrections.length > 0)) return undefined;
  return JSON.stringify([metricsApiProblem, ...reports]);
}
