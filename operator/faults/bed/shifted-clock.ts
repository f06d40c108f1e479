import { systemClock, type Clock } from '@tagservice/controller-runtime';

/** The clock of one operator's machine, which can be set. As on a machine, what durations are measured by does not move with it. */
export class ShiftedClock implements Clock {
  readonly monotonic = systemClock.monotonic;
  readonly after = systemClock.after;
  #shiftMs = 0;
  #wasSet = false;
  #wrongAnswers = 0;

  /** Whether it was ever set: then its time stamps may go back. */
  get wasSet(): boolean {
    return this.#wasSet;
  }

  /** How often somebody was told the wrong time. */
  get wrongAnswers(): number {
    return this.#wrongAnswers;
  }

  /** Sets it so many milliseconds ahead of the time, or behind it; 0 sets it right. */
  set(shiftMs: number): void {
    this.#shiftMs = shiftMs;
    this.#wasSet = true;
  }

  now(): number {
    if (this.#shiftMs !== 0) this.#wrongAnswers += 1;
    return systemClock.now() + this.#shiftMs;
  }
}
