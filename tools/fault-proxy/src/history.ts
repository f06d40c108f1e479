import type { Fault, HistoryEntry } from './types.ts';

/** An entry that is still being written. */
export type OpenEntry = { -readonly [K in keyof Omit<HistoryEntry, 'faults'>]: HistoryEntry[K] } & { faults: Fault[] };

/** Milliseconds since 1970 that never go back, unlike the time of day. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Every request in the order of arrival, and the newest version that any answer showed. */
export class History {
  readonly entries: OpenEntry[] = [];
  readonly #limit: number;
  #count = 0;
  #newest: string | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get newestVersion(): string | undefined {
    return this.#newest;
  }

  /** The number of the next request. */
  next(): number {
    this.#count += 1;
    return this.#count;
  }

  add(entry: OpenEntry): void {
    // In blocks: removing from the front moves all the others.
    if (this.entries.length >= this.#limit) this.entries.splice(0, Math.max(1, Math.floor(this.#limit / 10)));
    this.entries.push(entry);
  }

  saw(version: string | undefined): void {
    if (version !== undefined && isNewer(version, this.#newest)) this.#newest = version;
  }

  clear(): void {
    this.entries.length = 0;
  }
}

/** Compares two resourceVersions as the whole numbers that they are. Nothing is older than everything; what is no number is not comparable. */
export function isNewer(version: string, other: string | undefined): boolean {
  if (!isVersion(version)) return false;
  return other === undefined || (isVersion(other) && BigInt(version) > BigInt(other));
}

/** True for what a real API server takes for a version: clients may send anything. */
export function isVersion(text: string): boolean {
  return /^\d+$/.test(text);
}

/** Notes a fault once. */
export function noteFault(entry: OpenEntry, fault: Fault): void {
  if (entry.faults.includes(fault)) return;
  entry.faults.push(fault);
  entry.fault ??= fault;
}
