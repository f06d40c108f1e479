import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import type { Answered, KubeClient, WatchEvent } from '../client/client.ts';
import { ApiError } from '../client/errors.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { silentLogger } from '../logger.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { configMap } from '../testing/scripted-server.ts';
import { SharedInformer } from './shared-informer.ts';

type Known = { uid: string; version: number };
type Event = WatchEvent<ConfigMap>;

const names = ['a', 'b'] as const;
type Step =
  | { do: 'write' | 'delete' | 'read'; name: string; ours: boolean }
  | { do: 'answer'; which: number }
  | { do: 'show'; lines: number }
  | { do: 'expire' }
  | { do: 'wait'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: about('write') },
  { weight: 2, arbitrary: about('delete') },
  { weight: 1, arbitrary: about('read') },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('show' as const), lines: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 5_000 }) }) },
);

const theirs = (what: 'write' | 'delete'): Step => ({ do: what, name: 'a', ours: false });
const ours = (what: 'write' | 'delete'): Step[] => [
  { do: what, name: 'a', ours: true },
  { do: 'answer', which: 0 },
];
/** Another object of the name, which we made and deleted again, while the watches still have to tell of the former. */
const anotherAndGone: Step[] = [
  theirs('write'),
  { do: 'show', lines: 1 },
  theirs('write'),
  theirs('delete'),
  ...ours('write'),
  ...ours('delete'),
  { do: 'show', lines: 1 },
];
/** Deleted by us before a watch has told that it was made: whoever asks then shall not find it. */
const neverSeen: Step[] = [theirs('write'), ...ours('delete'), { do: 'show', lines: 1 }];

function about(what: 'write' | 'delete' | 'read') {
  return fc.record({ do: fc.constant(what), name: fc.constantFrom(...names), ours: fc.boolean() });
}

/** A server whose lists are of now, whose watches show as much as they are allowed to, and whose answers may take any time. */
class Model {
  readonly objects = new Map<string, Known>();
  readonly log: Event[] = [];
  readonly answers: Answered[] = [];
  /** Uids of objects of which the answer to our own deletion has been taken in. */
  readonly buried: string[] = [];
  version = 10;
  /** So many lines of the log may be shown. */
  shown = 0;
  #expired = 0;
  #waiting: (() => void)[] = [];

  readonly client = Object.assign(new MemoryClient(), {
    list: async () => {
      await Promise.resolve();
      const items = [...this.objects].map(([name, { uid, version }]) => configMap(name, version, { uid }));
      return { items, resourceVersion: this.version.toString() };
    },
    watch: async (_resource: unknown, options: { resourceVersion: string; signal: AbortSignal }) => {
      options.signal.addEventListener('abort', () => {
        this.#wake();
      });
      return Promise.resolve(this.#watch(Number(options.resourceVersion), options.signal));
    },
  }) as unknown as KubeClient;

  async *#watch(from: number, signal: AbortSignal): AsyncGenerator<Event> {
    const expired = this.#expired;
    const next = this.log.findIndex(({ object }) => Number(object.metadata.resourceVersion) > from);
    for (let line = next < 0 ? this.log.length : next; !signal.aborted;) {
      if (this.#expired > expired) throw new ApiError({ code: 410 }, 'watch');
      const event = line < this.shown ? this.log[line] : undefined;
      if (event === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else {
        line += 1;
        yield structuredClone(event);
      }
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  play(one: Step, informer: SharedInformer<ConfigMap>): void {
    if (one.do === 'write') this.#write(one);
    else if (one.do === 'delete') this.#delete(one);
    else if (one.do === 'read') this.#answer(one.name, this.objects.get(one.name), undefined);
    else if (one.do === 'answer') {
      const [answer] = this.answers.splice(one.which % Math.max(1, this.answers.length), 1);
      if (answer !== undefined) this.#take(answer, informer);
    } else if (one.do === 'show') this.show(one.lines);
    else if (one.do === 'expire') {
      this.#expired += 1;
      this.#wake();
    }
  }

  #take(answer: Answered, informer: SharedInformer<ConfigMap>): void {
    informer.answered(answer);
    if (answer.uid !== undefined) this.buried.push(answer.uid);
  }

  show(lines: number): void {
    this.shown = Math.min(this.log.length, this.shown + lines);
    this.#wake();
  }

  #write({ name, ours }: { name: string; ours: boolean }): void {
    this.version += 1;
    const before = this.objects.get(name);
    const after = { uid: before?.uid ?? `uid-${this.version.toString()}`, version: this.version };
    this.objects.set(name, after);
    const object = configMap(name, after.version, after) as unknown as ConfigMap;
    this.log.push({ type: before === undefined ? 'ADDED' : 'MODIFIED', object });
    if (ours) this.#answer(name, after, undefined);
  }

  #delete({ name, ours }: { name: string; ours: boolean }): void {
    const before = this.objects.get(name);
    if (before === undefined) return;
    this.version += 1;
    this.objects.delete(name);
    this.log.push({ type: 'DELETED', object: configMap(name, this.version, before) as unknown as ConfigMap });
    if (ours) this.#answer(name, undefined, before.uid);
  }

  #answer(name: string, known: Known | undefined, uid: string | undefined): void {
    const object = known && configMap(name, known.version, known);
    this.answers.push({ resource: ConfigMap, key: { namespace: 'default', name }, object, uid });
  }
}

/** What a handler is told, checked as it is told. */
class Mirror {
  readonly objects = new Map<string, Known>();
  readonly #gone = new Set<string>();

  uids(): string[] {
    return [...this.objects.values()].map(({ uid }) => uid);
  }

  readonly handler = {
    add: (object: ConfigMap): void => {
      const { name, uid } = object.metadata;
      expect(this.objects.has(name), `${name} is added once`).toBe(false);
      expect([...this.#gone], 'what was told to be gone does not come back').not.toContain(uid);
      this.objects.set(name, known(object));
    },
    update: (before: ConfigMap, after: ConfigMap): void => {
      expect(known(before)).toEqual(this.objects.get(before.metadata.name));
      expect(after.metadata.uid).toBe(before.metadata.uid);
      expect(known(after).version).toBeGreaterThan(known(before).version);
      this.objects.set(after.metadata.name, known(after));
    },
    delete: (object: ConfigMap): void => {
      expect(this.objects.get(object.metadata.name)?.uid).toBe(object.metadata.uid);
      this.#gone.add(object.metadata.uid);
      this.objects.delete(object.metadata.name);
    },
  };
}

function known({ metadata }: ConfigMap): Known {
  return { uid: metadata.uid, version: Number(metadata.resourceVersion) };
}

it('never goes back, and ends up with what the server has, in whatever order watches and answers arrive', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const model = new Model();
      const mirror = new Mirror();
      const clock = new FakeClock();
      const failures: unknown[] = [];
      const { client } = model;
      const informer = new SharedInformer<ConfigMap>({
        client,
        resource: ConfigMap,
        namespaces: [undefined],
        options: { watches: 2 },
        clock,
        log: { ...silentLogger, error: (fields) => failures.push((fields as { err: unknown }).err) },
      });
      informer.addHandler(mirror.handler);
      const stop = new AbortController();
      const running = informer.run(stop.signal);
      for (const one of steps) {
        await clock.advance(one.do === 'wait' ? one.ms : 0);
        model.play(one, informer);
        expect(failures).toEqual([]);
        for (const uid of model.buried) expect(mirror.uids()).not.toContain(uid);
      }
      for (const answer of model.answers) informer.answered(answer);
      model.show(model.log.length);
      await clock.advance(60_000);
      expect(failures).toEqual([]);
      expect(new Map(informer.store.list().map((object) => [object.metadata.name, known(object)]))).toEqual(
        model.objects,
      );
      expect(mirror.objects).toEqual(model.objects);
      stop.abort();
      await running;
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 300, examples: [[anotherAndGone], [neverSeen]] },
  );
});
