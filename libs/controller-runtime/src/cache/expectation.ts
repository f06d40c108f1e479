import { compareVersions } from '../api/version.ts';
import type { CancelTimer, Clock } from '../clock/clock.ts';

export interface ExpectationOptions {
  clock: Clock;
  /** How long a watch may take to show what is known to have happened. */
  lagMs: number;
  /** Newest version that the watch has shown. */
  seen: () => string | undefined;
  /** When it showed its last line (monotonic); undefined while it is not open. */
  lastLine: () => number | undefined;
  replace: (why: string) => void;
  /** Replacing it has not helped: only a list can. */
  distrusted: () => void;
}

/** A watch that was replaced so many times and still does not show it is not to be believed. */
const replacementsInVain = 2;
/** A watch that shows other things is behind, not silent: it gets so many times longer. */
const patienceWithTheBusy = 8;
/** So many replacements may follow each other; then one in ten seconds, or a server that lags behind would be kept from catching up. */
const mostReplacements = 6;
const replacementEveryMs = 10_000;

/** Waits for a watch to show what is known to have happened, and has it replaced when it says nothing. */
export class Expectation {
  readonly #options: ExpectationOptions;
  #wanted: string | undefined;
  #cancel: CancelTimer | undefined;
  /** Waits for the version of now that were over without it. */
  #waits = 0;
  #vain = 0;
  #budget = mostReplacements;
  #refilledAt: number;

  constructor(options: ExpectationOptions) {
    this.#options = options;
    this.#refilledAt = options.clock.monotonic();
  }

  /** Something of this version has happened in the collection. */
  expect(version: string): void {
    if (!this.#lacks(version)) return;
    if (this.#wanted === undefined || compareVersions(version, this.#wanted) > 0) this.#wanted = version;
    this.#cancel ??= this.#wait(this.#wanted);
  }

  /** The watch has got further: what was shown is not waited for any longer, and the next thing gets its full patience at once. */
  shown(): void {
    if (this.#wanted === undefined || this.#lacks(this.#wanted)) return;
    this.stop();
    this.#waits = 0;
    this.#vain = 0;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#wanted = undefined;
  }

  #wait(version: string): CancelTimer {
    // Longer each time it was in vain.
    return this.#options.clock.after(this.#options.lagMs * 2 ** this.#vain, () => {
      this.#cancel = undefined;
      this.#judge(version);
      if (this.#wanted === undefined) return;
      if (this.#lacks(this.#wanted)) this.#cancel ??= this.#wait(this.#wanted);
      else this.#wanted = undefined;
    });
  }

  #judge(version: string): void {
    if (!this.#lacks(version)) {
      this.#waits = 0;
      this.#vain = 0;
      return;
    }
    const { clock, lagMs, lastLine } = this.#options;
    const last = lastLine();
    // One that is being opened has a time limit of its own.
    if (last === undefined) return;
    this.#waits += 1;
    const isBusy = clock.monotonic() - last < lagMs && this.#waits < patienceWithTheBusy;
    if (!isBusy && this.#spend()) this.#act(version);
  }

  #act(version: string): void {
    const { replace, distrusted } = this.#options;
    this.#waits = 0;
    this.#vain += 1;
    if (this.#vain <= replacementsInVain) {
      replace(`it did not show version ${version}`);
      return;
    }
    this.#wanted = undefined;
    distrusted();
  }

  #spend(): boolean {
    const now = this.#options.clock.monotonic();
    const refills = Math.floor((now - this.#refilledAt) / replacementEveryMs);
    this.#refilledAt += refills * replacementEveryMs;
    this.#budget = Math.min(mostReplacements, this.#budget + refills);
    if (this.#budget === 0) return false;
    this.#budget -= 1;
    return true;
  }

  #lacks(version: string): boolean {
    const seen = this.#options.seen();
    return seen === undefined || compareVersions(seen, version) < 0;
  }
}
