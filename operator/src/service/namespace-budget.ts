import { isForbidden, Namespace, type Clock, type KubeClient } from '@tagservice/controller-runtime';
import type { TagServiceObject } from '../resource.ts';

/** How long the deletion of a TagService is waited for whose namespace is being deleted as well, in milliseconds. */
export const NAMESPACE_BUDGET_MS = 30_000;

/** A namespace that stays is asked for again after so long, however often the deletion is looked at. */
const ASK_AGAIN_MS = 10_000;

/** The answer is wanted within this reconcile, whose trouble has to be told soon. */
const TIMEOUT_MS = 2_000;

/** How long a deletion may be waited for. `hint` belongs to what the condition says. */
export type Patience =
  | { readonly kind: 'unlimited'; readonly hint?: string }
  | { readonly kind: 'limited'; readonly leftMs: number; readonly hint: string }
  | { readonly kind: 'over'; readonly namespace: Namespace };

type Staying = { readonly going: false; readonly askedAt: number; readonly hint?: string };
type Going = { readonly going: true; readonly since: number; readonly hint: string; readonly namespace: Namespace };

export type NamespaceBudgetOptions = {
  readonly client: Pick<KubeClient, 'find'>;
  readonly clock: Clock;
};

/**
 * Tells how long deletions may be waited for: without limit, unless the namespace is being deleted too. Then the time counts from when this process
 * first saw that, on a clock that never jumps: a deletion that began while no operator was there gets its whole time as well, and clocks of two
 * machines that differ neither cut it short nor draw it out. The namespace is read only when asked, and once it goes not again: that cannot be undone.
 */
export class NamespaceBudget {
  readonly #options: NamespaceBudgetOptions;
  /** By uid of the TagService. */
  readonly #known = new Map<string, Staying | Going>();

  constructor(options: NamespaceBudgetOptions) {
    this.#options = options;
  }

  /** How long this deletion may be waited for from now on. Never rejects. */
  async of(object: TagServiceObject, signal: AbortSignal): Promise<Patience> {
    const known = await this.#look(object, signal);
    if (known === undefined) return { kind: 'unlimited' };
    if (!known.going) return { kind: 'unlimited', ...(known.hint !== undefined && { hint: known.hint }) };
    const leftMs = known.since + NAMESPACE_BUDGET_MS - this.#options.clock.monotonic();
    return leftMs > 0 ? { kind: 'limited', leftMs, hint: known.hint } : { kind: 'over', namespace: known.namespace };
  }

  /** A TagService is gone. */
  forget(uid: string): void {
    this.#known.delete(uid);
  }

  async #look({ metadata }: TagServiceObject, signal: AbortSignal): Promise<Staying | Going | undefined> {
    const { uid, namespace: name = '' } = metadata;
    const known = this.#known.get(uid);
    const { client, clock } = this.#options;
    if (known?.going === true) return known;
    if (known !== undefined && clock.monotonic() - known.askedAt < ASK_AGAIN_MS) return known;
    try {
      const found = await client.find(Namespace, { namespace: '', name }, { signal, timeoutMs: TIMEOUT_MS });
      const state = found?.metadata.deletionTimestamp === undefined ? this.#staying() : this.#going(found);
      this.#known.set(uid, state);
      return state;
    } catch (error) {
      // Whatever else hinders the answer passes, and the next look asks again.
      if (!isForbidden(error)) return known;
      const state = this.#staying(forbiddenText(error));
      this.#known.set(uid, state);
      return state;
    }
  }

  #staying(hint?: string): Staying {
    return { going: false, askedAt: this.#options.clock.monotonic(), ...(hint !== undefined && { hint }) };
  }

  #going(namespace: Namespace): Going {
    const { clock } = this.#options;
    const end = new Date(clock.now() + NAMESPACE_BUDGET_MS).toISOString().replace(/\.\d{3}Z$/, 'Z');
    const hint = `namespace ${namespace.metadata.name} is being deleted, so this is waited for until ${end}; then the topics are kept`;
    return { going: true, since: clock.monotonic(), hint, namespace };
  }
}

function forbiddenText({ message }: Error): string {
  return `whether the namespace is being deleted cannot be seen (${message}), so a deletion of the namespace waits for this without limit: grant the operator get on namespaces`;
}
