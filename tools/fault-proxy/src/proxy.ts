import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Backend } from './backend.ts';
import { OpenEntrance } from './entrance.ts';
import { FaultProxyClosed, FaultProxyUsageError } from './errors.ts';
import { History } from './history.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { RuleList } from './rules.ts';
import type { Entrance, FaultProxy, FaultProxyOptions, HistoryEntry, OpenOptions } from './types.ts';

/** A name that can be part of a file's name and of a kubeconfig. */
const usableName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * Makes a proxy in front of a real API server. It listens nowhere until an entrance is opened. Throws KubeconfigError if the kubeconfig
 * cannot be used.
 */
export function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  // A promise, since callers shall not notice when more is to be prepared.
  return new Promise((resolve) => {
    resolve(new ProxyOfFaults(options));
  });
}

class ProxyOfFaults implements FaultProxy {
  readonly faults: RuleList;
  readonly #backend: Backend;
  readonly #history: History;
  readonly #observe: ((entry: HistoryEntry) => void) | undefined;
  readonly #home: string;
  readonly #entrances: OpenEntrance[] = [];
  #closed = false;

  constructor(options: FaultProxyOptions) {
    this.#backend = new Backend(readKubeconfig(options.kubeconfig, options.context));
    this.#history = new History(options.historyLimit ?? 100_000);
    this.#observe = options.observe;
    this.#home = mkdtempSync(join(tmpdir(), 'fault-proxy-'));
    this.faults = new RuleList({
      newestVersion: () => this.newestVersion,
      onChange: () => {
        for (const entrance of this.#entrances) entrance.rulesChanged();
      },
    });
  }

  get history(): readonly HistoryEntry[] {
    return this.#history.entries;
  }

  get entrances(): readonly Entrance[] {
    return this.#entrances.filter((entrance) => entrance.state !== 'closed');
  }

  get newestVersion(): string | undefined {
    return this.#history.newestVersion;
  }

  async version(): Promise<string> {
    const version = await this.#backend.version();
    this.#history.saw(version);
    return version;
  }

  async open(name: string, options: OpenOptions = {}): Promise<Entrance> {
    if (this.#closed) throw new FaultProxyClosed('The fault proxy was closed.');
    if (!usableName.test(name))
      throw new FaultProxyUsageError(`An entrance cannot be called "${name}": use letters, digits, dots, _ and -.`);
    // A history in which two clients have one name could not be read.
    if (this.#entrances.some((entrance) => entrance.name === name))
      throw new FaultProxyUsageError(`There is (or was) an entrance "${name}" already.`);
    const { faults } = this;
    const shared = { backend: this.#backend, history: this.#history, faults, observe: this.#observe, home: this.#home };
    const entrance = new OpenEntrance(name, shared, options);
    this.#entrances.push(entrance);
    return await entrance.start();
  }

  clearHistory(): void {
    this.#history.clear();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.faults.clear();
    await Promise.all(this.#entrances.map(async (entrance) => entrance.close()));
    this.#backend.close();
    rmSync(this.#home, { recursive: true, force: true });
  }
}
