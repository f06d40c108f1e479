import { ConfigMap, connect, createCache, type Cache, type KubeClient } from '@tagservice/controller-runtime';
import { BenchFailure } from '../errors.ts';
import { Widgets } from './widget.ts';

const limitMs = 300_000;

/** Sees what an operator has done, by a watch of its own: nothing is asked again and again while time is taken. */
export class Board {
  readonly #cache: Cache;
  readonly #waiting = new Set<() => void>();

  private constructor(client: KubeClient, namespace: string) {
    this.#cache = createCache({ client, namespaces: [namespace] });
    const wake = (): void => {
      for (const look of this.#waiting) look();
    };
    for (const resource of [Widgets, ConfigMap])
      this.#cache.informer(resource as typeof ConfigMap).addHandler({ add: wake, update: wake, delete: wake });
  }

  /** Begins to watch one namespace. */
  static async open(client: KubeClient, namespace: string): Promise<Board> {
    const board = new Board(client, namespace);
    await board.#cache.start();
    return board;
  }

  /** Resolves when as many widgets as given have the status of their newest generation, which is at least this one. */
  async allObserved(count: number, generation: number): Promise<void> {
    const store = this.#cache.store(Widgets);
    await this.#until(`${String(count)} widgets of generation ${String(generation)}`, () => {
      const done = store.list().filter(({ metadata, status }) => {
        const { generation: newest = 0 } = metadata;
        return newest >= generation && status?.observedGeneration === newest;
      });
      return done.length === count;
    });
  }

  /** Resolves when a ConfigMap has this message in a version newer than the given one. */
  async messageIs(key: { namespace: string; name: string }, message: string, newerThan: string): Promise<void> {
    const store = this.#cache.store(ConfigMap);
    await this.#until(`${key.name} with its message`, () => {
      const found = store.get(key);
      return found?.data?.['message'] === message && Number(found.metadata.resourceVersion) > Number(newerThan);
    });
  }

  async close(): Promise<void> {
    await this.#cache.stop();
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle();
      };
      const timer = setTimeout(() => {
        done(() => {
          reject(new BenchFailure(`No sign of ${what} within five minutes.`));
        });
      }, limitMs);
      const look = (): void => {
        if (holds()) done(resolve);
      };
      this.#waiting.add(look);
    });
  }
}

/** A client of the benchmark itself, apart from those that are measured. */
export const driverClient = (kubeconfig: string): KubeClient =>
  connect({ kubeconfig, userAgent: 'bench-driver', timeoutMs: 60_000 });
