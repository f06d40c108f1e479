import { isNewer } from './history.ts';
import type { RuleInUse } from './rules.ts';
import type { RequestInfo } from './types.ts';

type Collection = string;
/** A watch that can be told to end. */
export type Expiring = { readonly collection: Collection; expire(): void };

/** Which kind of objects a watch is about. */
export function collectionOf(info: Pick<RequestInfo, 'group' | 'resource'>): Collection {
  return `${info.group}/${info.resource}`;
}

/**
 * Keeps in mind which watches missed events. Once the rule that hid them ends, their clients must list anew: a server replays what it
 * still remembers, so the client would see after all what it was not meant to.
 */
export class Unobserved {
  readonly watches = new Set<Expiring>();
  readonly #newest = new Map<Collection, string>();
  readonly #hidden = new Map<RuleInUse, Set<Collection>>();
  /** Watches from before this version are refused. */
  readonly #forgotten = new Map<Collection, string>();

  /** A watch of the collection showed (or hid) this version. */
  saw(collection: Collection, version: string): void {
    if (isNewer(version, this.#newest.get(collection))) this.#newest.set(collection, version);
  }

  hid(rule: RuleInUse, collection: Collection): void {
    const collections = this.#hidden.get(rule) ?? new Set();
    this.#hidden.set(rule, collections.add(collection));
    if (rule.spent) this.settle();
  }

  /** Rules have changed: those that are spent make their watches end. */
  settle(): void {
    for (const [rule, collections] of this.#hidden) {
      if (!rule.spent) continue;
      this.#hidden.delete(rule);
      if (rule.rule.fault.kind === 'hide' && rule.rule.fault.relist === false) continue;
      for (const collection of collections) this.#forget(collection);
    }
  }

  /** True if a watch of this collection may not begin at this version. */
  isForgotten(collection: Collection, version: string | undefined): boolean {
    const since = this.#forgotten.get(collection);
    return since !== undefined && version !== undefined && version !== '0' && isNewer(since, version);
  }

  #forget(collection: Collection): void {
    const newest = this.#newest.get(collection);
    if (newest !== undefined) this.#forgotten.set(collection, newest);
    for (const watch of this.watches) if (watch.collection === collection) watch.expire();
  }
}
