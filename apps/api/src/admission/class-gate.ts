import { PRIORITY_CLASSES } from '../identity/caller.ts';
import type { PriorityClass } from '../identity/caller.ts';

/** Percent of the limit that each class is sure of; together at most 100. */
export type Shares = Readonly<Record<PriorityClass, number>>;

/**
 * Places for requests, shared by classes. Whatever is free goes to whoever comes. Where places are short, each class is sure of its share, and what a
 * class holds beyond its share does not stand in the way of the classes above it: they borrow downwards. Nobody is sent away again, so for a
 * moment more places than there are may be taken, at most two and a half times as many with the usual shares.
 */
export class ClassGate {
  private readonly held: Record<PriorityClass, number> = { critical: 0, normal: 0, bulk: 0 };
  private sum = 0;

  constructor(private readonly shares: Shares) {}

  /** All that is held now. */
  get total(): number {
    return this.sum;
  }

  /** Takes a place of `limit`, if the class may have one. */
  enter(priority: PriorityClass, limit: number): boolean {
    if (!this.mayEnter(priority, limit)) return false;
    this.held[priority] += 1;
    this.sum += 1;
    return true;
  }

  leave(priority: PriorityClass): void {
    this.held[priority] -= 1;
    this.sum -= 1;
  }

  private mayEnter(priority: PriorityClass, limit: number): boolean {
    if (this.sum < limit) return true;
    if (this.held[priority] < this.sureOf(priority, limit)) return true;
    return this.inTheWay(priority, limit) < limit;
  }

  /**
   * A class is sure of its share on average. The first class has room for chance beside it, three standard deviations of arrivals at random: of a few
   * places it would else be refused now and then although it fits.
   */
  private sureOf(priority: PriorityClass, limit: number): number {
    const share = this.share(priority, limit);
    return priority === PRIORITY_CLASSES[0] ? Math.min(limit, share + 3 * Math.sqrt(share)) : share;
  }

  /** What counts against a class: all of itself and of the classes above it, and of those below only what they are sure of. */
  private inTheWay(priority: PriorityClass, limit: number): number {
    const own = PRIORITY_CLASSES.indexOf(priority);
    return PRIORITY_CLASSES.reduce((sum, other, rank) => {
      const held = this.held[other];
      return sum + (rank <= own ? held : Math.min(held, this.share(other, limit)));
    }, 0);
  }

  private share(priority: PriorityClass, limit: number): number {
    return (limit * this.shares[priority]) / 100;
  }
}
