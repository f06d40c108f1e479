/** Hears that the server behind a connection is the primary no longer, or that a newer reign has begun. */
export interface ReignListener {
  /** The server of one connection is no primary any more: that of the others is hardly a better one. */
  demoted(reason: string): void;
  /** A primary of this epoch was met; one of an earlier epoch is to be left. */
  reigns(epoch: number): void;
}

/**
 * What the connections of one store know together about who is the primary. Behind one address now this server answers, now that one;
 * a primary that was cut off does not know that another has taken its place. The highest epoch that any connection has met is the floor:
 * a server below it is not used for anything.
 */
export class PrimaryWatch {
  readonly #listeners = new Set<ReignListener>();
  #epoch = 0;

  /** The highest epoch met. */
  get epoch(): number {
    return this.#epoch;
  }

  join(listener: ReignListener): void {
    this.#listeners.add(listener);
  }

  /** Whether a primary of this epoch may be used; a newer one ends the reign of those before it. */
  meet(epoch: number): boolean {
    if (epoch < this.#epoch) return false;
    const newer = epoch > this.#epoch;
    this.#epoch = epoch;
    if (newer) for (const listener of this.#listeners) listener.reigns(epoch);
    return true;
  }

  /** A server has said that it is no primary. */
  demoted(reason: string): void {
    for (const listener of this.#listeners) listener.demoted(reason);
  }
}
