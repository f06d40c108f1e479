/** A message on its way: taken in, not yet dealt with. */
export interface Tracked {
  readonly offset: bigint;
  done: boolean;
}

/** What to do with a message that was fetched: take it in, or drop it because this member has it or has dealt with it. */
export type Intake = { readonly kind: 'new'; readonly entry: Tracked } | { readonly kind: 'known' };

/**
 * The contiguous watermark of one partition: messages end in any order, and the offset that may be committed only passes
 * those that are dealt with and have none before them that is not. Offsets may have gaps (compaction, transaction markers).
 */
export class OffsetTracker {
  #entries: Tracked[] = [];
  #head = 0;
  #known = new Map<bigint, Tracked>();
  #committed: bigint | undefined;
  #watermark: bigint | undefined;

  /** The offset to commit: the first that is not dealt with; undefined while nothing is new since {@link committed}. */
  get committable(): bigint | undefined {
    return this.#watermark !== undefined && this.#watermark !== this.#committed ? this.#watermark : undefined;
  }

  /** The first offset that is not dealt with; undefined before the first message. */
  get watermark(): bigint | undefined {
    return this.#watermark;
  }

  /** Entries between the watermark and the newest message, dealt with or not: what a crash would repeat at most. */
  get span(): number {
    return this.#entries.length - this.#head;
  }

  /**
   * Takes a message in. After a rebalance the client reads again from the committed offset, so messages that are still
   * here come once more: those are `known`. An offset before the committed one means that the log began anew (the topic
   * was deleted and made again): everything known about the old one is dropped.
   */
  take(offset: bigint): Intake {
    if (this.#known.has(offset)) return { kind: 'known' };
    if (this.#committed !== undefined && offset < this.#committed) this.#reset();
    else if (this.#watermark !== undefined && offset < this.#watermark) return { kind: 'known' };
    const entry: Tracked = { offset, done: false };
    this.#committed ??= offset;
    this.#watermark ??= offset;
    this.#entries.push(entry);
    this.#known.set(offset, entry);
    return { kind: 'new', entry };
  }

  /** Marks a message as dealt with. Entries of before a reset are ignored. */
  finish(entry: Tracked): void {
    if (this.#known.get(entry.offset) !== entry) return;
    entry.done = true;
    let first = this.#entries[this.#head];
    while (first?.done === true) {
      this.#known.delete(first.offset);
      this.#watermark = first.offset + 1n;
      this.#head += 1;
      first = this.#entries[this.#head];
    }
    this.#compact();
  }

  /** Records that the broker has the offset. */
  committed(offset: bigint): void {
    if (this.#committed === undefined || offset > this.#committed) this.#committed = offset;
  }

  #reset(): void {
    this.#entries = [];
    this.#head = 0;
    this.#known.clear();
    this.#committed = undefined;
    this.#watermark = undefined;
  }

  #compact(): void {
    if (this.#head < 1024 && this.#head < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
