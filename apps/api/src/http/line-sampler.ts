/** So many lines of a kind are written in any second, and of the rest one for each so many. */
const FULL = 50;
const THEN_ONE_OF = 100;
const SECOND_MS = 1_000;

interface Kind {
  since: number;
  seen: number;
}

/** Decides which lines are written, so that a flood of requests is no flood of lines: rare kinds in full, frequent ones by samples. */
export class LineSampler {
  private readonly kinds = new Map<number, Kind>();

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number) {}

  /** How many events the line of this one stands for; 0 where it is not to be written. There are few kinds. */
  weigh(name: number): number {
    const now = this.now();
    const kind = this.kinds.get(name) ?? { since: now, seen: 0 };
    this.kinds.set(name, kind);
    if (now - kind.since >= SECOND_MS) {
      kind.since = now;
      kind.seen = 0;
    }
    kind.seen += 1;
    if (kind.seen <= FULL) return 1;
    return (kind.seen - FULL) % THEN_ONE_OF === 0 ? THEN_ONE_OF : 0;
  }
}
