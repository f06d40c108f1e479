import { setTimeout as pause } from 'node:timers/promises';
import {
  collectionPath,
  ConfigMap,
  Deployment,
  Namespace,
  Service,
  type KubeClient,
} from '@tagservice/controller-runtime';
import { BenchFailure } from '../errors.ts';
import { inParallel } from '../process/parallel.ts';
import { Subject } from '../process/subject.ts';
import { Board } from './board.ts';
import { parseReport, since, type OperatorReport } from './report.ts';
import type { Contestant } from './subjects.ts';
import { Widgets } from './widget.ts';

/** How much work an operator is given. */
export interface Load {
  readonly widgets: number;
  /** Widgets reconciled at the same time. */
  readonly concurrency: number;
  /** ConfigMaps that are spoilt, one after the other. */
  readonly drifts: number;
  /** How many times every widget is reconciled although nothing changed. */
  readonly resyncs: number;
  readonly restMs: number;
}

/** One stretch of work of one operator. */
export interface Stretch extends OperatorReport {
  readonly ms: number;
  readonly cpuSeconds: number;
}

/** What one run of one operator gave. */
export interface RunFigures {
  /** From the start of the process to filled caches. */
  readonly startMs: number;
  /** From the start of the process to the status of the last widget. */
  readonly coldMs: number;
  /** The work on all widgets, from filled caches on. */
  readonly create: Stretch;
  readonly update: Stretch;
  readonly resync: Stretch;
  /** From sending the spoiling write to seeing the declared content again. */
  readonly driftMs: readonly number[];
  readonly rssMiB: number;
  readonly anonymousMiB: number;
  readonly peakMiB: number;
  /** CPU seconds a minute while nothing happens. */
  readonly restCpu: number;
}

type Place = { client: KubeClient; kubeconfig: string; namespace: string };

const driverWidth = 16;
const namesOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `w-${String(i).padStart(4, '0')}`);
const messageOf = (name: string, generation: number): string => `${name} says hello for the time ${String(generation)}`;

/** Runs one operator through everything, in a namespace of its own that it leaves empty. */
export async function contest(contestant: Contestant, place: Place, load: Load): Promise<RunFigures> {
  const { client, kubeconfig, namespace } = place;
  const names = namesOf(load.widgets);
  await client.apply(Namespace, { metadata: { name: namespace } }, { fieldManager: 'bench' });
  await inParallel(names, driverWidth, async (name) => {
    const spec = { message: messageOf(name, 1), replicas: 2, port: 8080 };
    await client.create(Widgets, { metadata: { namespace, name }, spec });
  });
  const board = await Board.open(client, namespace);
  const started = performance.now();
  const subject = await Subject.start(contestant.command({ kubeconfig, namespace, concurrency: load.concurrency }));
  try {
    return await new Contest(subject, board, { place, load, names }).run(started);
  } finally {
    await subject.stop();
    await board.close();
    await clear(place);
  }
}

/** No garbage collector runs: what the operators made is taken away here, so that each begins on an equally full server. */
async function clear({ client, namespace }: Place): Promise<void> {
  for (const resource of [Widgets, Deployment, Service, ConfigMap])
    await client.raw(collectionPath(resource, namespace), { method: 'DELETE' });
}

class Contest {
  readonly #subject: Subject;
  readonly #board: Board;
  readonly #set: { place: Place; load: Load; names: readonly string[] };

  constructor(subject: Subject, board: Board, set: { place: Place; load: Load; names: readonly string[] }) {
    this.#subject = subject;
    this.#board = board;
    this.#set = set;
  }

  async run(started: number): Promise<RunFigures> {
    const { load, names } = this.#set;
    const startMs = performance.now() - started;
    const none: OperatorReport = { reconciles: 0, failures: 0, requests: 0, writes: 0 };
    const create = await this.#stretch(none, () => this.#board.allObserved(names.length, 1));
    const coldMs = startMs + create.ms;
    await this.#settled();
    const update = await this.#stretch(await this.#report(), () => this.#updateAll());
    await this.#settled();
    const resync = await this.#stretch(await this.#report(), async () => {
      for (let i = 0; i < load.resyncs; i += 1) await this.#subject.ask('resync');
    });
    const driftMs = await this.#spoil();
    return { startMs, coldMs, create, update, resync, driftMs, ...(await this.#rest()) };
  }

  async #stretch(before: OperatorReport, work: () => Promise<void>): Promise<Stretch> {
    const { cpuSeconds } = this.#subject.usage();
    const started = performance.now();
    await work();
    const ms = performance.now() - started;
    // What a change stirs up afterwards, by the operator's own writes, is part of its price.
    await this.#settled();
    const told = since(before, await this.#report());
    if (told.failures > 0) throw new BenchFailure(`${String(told.failures)} reconciles failed.`);
    return { ms, cpuSeconds: this.#subject.usage().cpuSeconds - cpuSeconds, ...told };
  }

  async #updateAll(): Promise<void> {
    const { place, names } = this.#set;
    await inParallel(names, driverWidth, async (name) => {
      const patch = { spec: { message: messageOf(name, 2), replicas: 3 } };
      await place.client.patch(Widgets, { namespace: place.namespace, name }, { patch });
    });
    await this.#board.allObserved(names.length, 2);
  }

  async #spoil(): Promise<number[]> {
    const { place, load, names } = this.#set;
    const { client, namespace } = place;
    const times: number[] = [];
    for (const name of names.slice(0, load.drifts)) {
      const started = performance.now();
      const options = { patch: { data: { message: 'spoilt' } }, fieldManager: 'intruder' };
      const spoilt = await client.patch(ConfigMap, { namespace, name }, options);
      await this.#board.messageIs({ namespace, name }, messageOf(name, 2), spoilt.metadata.resourceVersion);
      times.push(performance.now() - started);
    }
    return times;
  }

  async #rest(): Promise<Pick<RunFigures, 'rssMiB' | 'anonymousMiB' | 'peakMiB' | 'restCpu'>> {
    const { restMs } = this.#set.load;
    await this.#settled();
    const before = this.#subject.usage().cpuSeconds;
    await pause(restMs);
    const { cpuSeconds, rssMiB, anonymousMiB, peakMiB } = this.#subject.usage();
    return { rssMiB, anonymousMiB, peakMiB, restCpu: ((cpuSeconds - before) / restMs) * 60_000 };
  }

  async #report(): Promise<OperatorReport> {
    return parseReport(await this.#subject.ask('report'));
  }

  /** Waits until the operator has reconciled nothing for a while. */
  async #settled(): Promise<void> {
    let before = -1;
    for (let looks = 0; looks < 600; looks += 1) {
      const { reconciles } = await this.#report();
      if (reconciles === before) return;
      before = reconciles;
      await pause(100);
    }
    throw new BenchFailure('The operator does not come to rest.');
  }
}
