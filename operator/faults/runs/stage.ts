import { keyOf, type KubeObject, type ObjectKey } from '@tagservice/controller-runtime';
import { defaultTopicPrefix, topicNames } from '@tagservice/contracts';
import type { Entrance, HistoryEntry, OpenOptions } from '@tagservice/fault-proxy';
import { namesOf } from '../../src/children/names.ts';
import { TagServices, type TagServiceObject } from '../../src/resource.ts';
import { readService } from '../../src/service/read-service.ts';
import { startInstance, type Instance } from '../bed/instance.ts';
import { ShiftedClock } from '../bed/shifted-clock.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import { missingWatches } from './missing-watches.ts';
import { normalise, type NormalState, type Snapshot } from '../state/normalise.ts';

/** Name of the TagService of every run. */
export const SERVICE = 'demo';

/** A namespace of its own with an operator of its own that looks after it alone. */
export class Stage {
  readonly world: World;
  readonly namespace: string;
  /** Every operator that ran here, in order; the last one runs now. */
  readonly instances: Instance[] = [];
  /** What time it is for them. */
  readonly clock = new ShiftedClock();
  /** Names of Secrets whose values are compared as they are. */
  knownSecrets: readonly string[] = [];
  /** When the last fault was over, in milliseconds since 1970. */
  lastFault = 0;
  /** Called with the entrance of every further operator, before it starts. */
  onRestart: ((entrance: Entrance) => void) | undefined;
  #restarting: Promise<void> = Promise.resolve();
  #starting = 0;

  readonly #entrance: OpenOptions;

  /** `entrance` is how every operator of this stage comes in. */
  constructor(world: World, namespace: string, entrance: OpenOptions = {}) {
    this.world = world;
    this.namespace = namespace;
    this.#entrance = entrance;
  }

  get key(): ObjectKey {
    return { namespace: this.namespace, name: SERVICE };
  }

  get current(): Instance {
    const last = this.instances.at(-1);
    if (last === undefined) throw new TypeError('no operator was started');
    return last;
  }

  get service(): TagServiceObject | undefined {
    return this.world.observer.get(TagServices, this.key);
  }

  async open(): Promise<void> {
    await this.world.makeNamespace(this.namespace);
    await this.startOperator();
  }

  /** Starts an operator on a new entrance. */
  async startOperator(): Promise<void> {
    const count = this.instances.length + 1;
    const entrance = await this.world.proxy.open(`${this.namespace}.${String(count)}`, this.#entrance);
    entrance.onCrash = () => {
      this.restart();
    };
    if (count > 1) this.onRestart?.(entrance);
    this.instances.push(startInstance({ entrance, namespace: this.namespace, clock: this.clock }));
    this.lastFault = Date.now();
  }

  /** The operator of now has died: ends what is left of it, and starts another. */
  restart(): void {
    const dead = this.current;
    this.#starting += 1;
    void dead.stop();
    this.#restarting = this.#restarting
      .then(() => this.startOperator())
      .finally(() => {
        this.#starting -= 1;
      });
  }

  /** Resolves when every restart that was begun has brought another operator. */
  async restarted(): Promise<void> {
    await this.#restarting;
  }

  /** What all operators of this stage asked for, in order. */
  history(): HistoryEntry[] {
    const names = new Set(this.instances.map(({ entrance }) => entrance.name));
    return this.world.proxy.history.filter(({ entrance }) => names.has(entrance));
  }

  /** What the operator of now asked for since a time (milliseconds since 1970). */
  requestsSince(time: number): HistoryEntry[] {
    const { name } = this.current.entrance;
    const found: HistoryEntry[] = [];
    const { history } = this.world.proxy;
    for (let index = history.length - 1; index >= 0; index--) {
      const entry = history[index];
      if (entry === undefined || entry.at < time) break;
      if (entry.entrance === name) found.push(entry);
    }
    return found.reverse();
  }

  /** Waits until the operator has had its caches for so long and has written nothing meanwhile. */
  async quiet(forMs: number, limitMs = 60_000): Promise<void> {
    const what = `a quiet moment of the operator in ${this.namespace}`;
    await until(() => this.#isQuietSince(Date.now() - forMs), {
      what,
      limitMs,
      everyMs: forMs / 4,
      found: () => this.lastWrites(),
    });
  }

  /** Waits until the operator has again every watch that a fault has touched and that has ended. */
  async watchesAgain(limitMs = 30_000): Promise<void> {
    const what = `the operator of ${this.namespace} to watch again what it was cut off from`;
    await until(() => missingWatches(this.requestsSince(0)).length === 0, {
      what,
      limitMs,
      found: () => missingWatches(this.requestsSince(0)).join('\n  '),
    });
  }

  /** The last writes, for a report. */
  lastWrites(): string {
    const writes = this.history().filter(isWrite).slice(-12);
    return writes
      .map(
        ({ at, verb, resource, name = '', answered }) =>
          `${new Date(at).toISOString().slice(11, 23)} ${verb} ${resource} ${name} ${String(answered)}`,
      )
      .join('\n  ');
  }

  #isQuietSince(time: number): boolean {
    const { syncedAt } = this.current;
    if (this.#starting > 0 || syncedAt === undefined || syncedAt > time) return false;
    return !this.requestsSince(time).some(isWrite);
  }

  /** Everything in the namespace that belongs to the state, without the topics. */
  objects(): KubeObject[] {
    return this.world.kinds
      .flatMap((kind) => this.world.observer.list(kind, this.namespace))
      .filter((object) => !isOfTheNamespace(object));
  }

  async snapshot(): Promise<Snapshot> {
    const topics = await this.world.topics.describe(this.#topics());
    return { objects: this.objects(), topics };
  }

  #topics(): string[] {
    const declared = this.service && readService(this.service);
    const { requests, results, deadLetters } = declared?.ok
      ? namesOf(declared.value).topics
      : topicNames(defaultTopicPrefix(this.namespace, SERVICE));
    return [requests, results, deadLetters];
  }

  normal(snapshot: Snapshot): NormalState {
    const aliases = [{ text: this.namespace, as: 'NAMESPACE' }];
    return normalise(snapshot, { aliases, knownSecrets: this.knownSecrets });
  }

  /** Waits until the TagService is ready for its generation. */
  async ready(limitMs = 120_000): Promise<TagServiceObject> {
    return until(() => (isReady(this.service) ? this.service : undefined), {
      what: `readiness of ${this.namespace}/${SERVICE}`,
      limitMs,
      found: () => conditionsText(this.service),
    });
  }

  /**
   * Ends the operator, deletes its topics and lets go of what was recorded: with what hundreds of stages leave, the one broker and the one
   * process of all of them are silent for seconds now and then, which every other operator would tell.
   */
  async close(): Promise<void> {
    await this.restarted();
    await Promise.all(this.instances.map((instance) => instance.stop()));
    const topics = this.#topics();
    this.world.observer.forget(this.namespace);
    await Promise.all(topics.map((topic) => this.world.topics.delete(topic)));
  }
}

/** Requests that store something; a Lease is renewed at rest, too, and does not count. */
export function isWrite({ verb, resource, dryRun }: HistoryEntry): boolean {
  return !dryRun && resource !== 'leases' && WRITES.has(verb);
}

const WRITES = new Set(['create', 'update', 'patch', 'apply', 'delete', 'deletecollection']);

/** What every namespace has. */
function isOfTheNamespace(object: KubeObject): boolean {
  const { name } = keyOf(object);
  return (
    (object.kind === 'ServiceAccount' && name === 'default') ||
    (object.kind === 'ConfigMap' && name === 'kube-root-ca.crt')
  );
}

export function isReady(service: TagServiceObject | undefined): boolean {
  if (service === undefined) return false;
  const { generation } = service.metadata;
  if (service.status?.observedGeneration !== generation) return false;
  return service.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Conditions that do not hold, with their reasons and messages. */
export function conditionsText(service: TagServiceObject | undefined): string {
  const conditions = service?.status?.conditions?.filter(({ type, status }) => status !== 'True' || type === 'Stalled');
  if (conditions === undefined) return service === undefined ? 'there is no TagService' : 'it has no conditions';
  return conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`).join('\n  ');
}
