import fc from 'fast-check';
import { memoryTopicAdmin, MemoryBroker, type PartitionPlace } from '@tagservice/event-bus';
import { beforeEach, describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { moveCopies, type MoveResult } from './move.apply.ts';
import { MOVES_AT_ONCE, nextMoves, placeCopies } from './topics.move.ts';
import { changeRules, type TopicRecord, type WantedTopic } from './topics.plan.ts';

const rules = changeRules(service().spec.kafka);
const brokers = [1, 2, 3, 4].map((id) => ({ id }));
const place = (partition: number, replicas: readonly number[]): PartitionPlace => ({
  partition,
  leader: replicas[0] ?? -1,
  replicas,
  inSync: replicas,
});

describe('places for copies', () => {
  const someBrokers = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 9 });

  it('are as many as declared, all different, on running brokers, and never without need elsewhere', () => {
    fc.assert(
      fc.property(
        someBrokers,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 20 }),
        (...[ids, before, after, partitions]) => {
          const [had, factor] = [1 + (before % ids.length), 1 + (after % ids.length)];
          const running = ids.map((id) => ({ id }));
          const places = Array.from({ length: partitions }, (_, partition) =>
            place(
              partition,
              Array.from({ length: had }, (_none, copy) => ids[(partition + copy) % ids.length] ?? 0),
            ),
          );
          for (const { partition, replicas } of placeCopies(places, { places, brokers: running, factor })) {
            const former = places[partition]?.replicas ?? [];
            expect(new Set(replicas).size).toBe(factor);
            for (const id of replicas ?? []) expect(ids).toContain(id);
            const kept = (replicas ?? []).filter((id) => former.includes(id));
            expect(kept).toHaveLength(Math.min(had, factor));
            // The leader keeps its copy: no partition changes hands because of a change of their number.
            expect(replicas).toContain(former[0]);
          }
        },
      ),
    );
  });

  it('are spread over brokers that have few, and over racks', () => {
    const places = [0, 1, 2, 3].map((partition) => place(partition, [1]));
    const spread = placeCopies(places, { places, brokers, factor: 2 }).map(({ replicas }) => replicas?.[1]);
    expect(spread.toSorted()).toEqual([2, 2, 3, 4]);
    const racked = [
      { id: 1, rack: 'a' },
      { id: 2, rack: 'a' },
      { id: 3, rack: 'b' },
    ];
    expect(placeCopies([place(0, [1])], { places, brokers: racked, factor: 2 })).toEqual([
      { partition: 0, replicas: [1, 3] },
    ]);
  });
});

describe('the next moves', () => {
  const places = Array.from({ length: 12 }, (_, partition) => place(partition, [1 + (partition % 4)]));
  const moving = (partition: number, replicas: number[], adding: number[]) => ({
    partition,
    replicas,
    adding,
    removing: [],
  });

  it('are a few at a time', () => {
    const first = nextMoves({ places, moves: [], brokers, factor: 2 });
    expect(first).toMatchObject({ done: 0, partitions: 12, under: 0 });
    expect(first.targets).toHaveLength(MOVES_AT_ONCE);
    const moves = [0, 1, 2].map((partition) => moving(partition, [1, 2], [2]));
    const next = nextMoves({ places, moves, brokers, factor: 2 });
    expect(next.targets.map(({ partition }) => partition)).toEqual([3, 4]);
  });

  it('give up what leads somewhere else, as when the declaration was changed back', () => {
    const moves = [moving(0, [1, 2, 3], [2, 3])];
    expect(nextMoves({ places, moves, brokers, factor: 1 }).targets).toEqual([{ partition: 0, replicas: null }]);
  });

  it('give up what waits for a broker that is away', () => {
    const moves = [moving(0, [1, 9], [9])];
    expect(nextMoves({ places, moves, brokers, factor: 2 }).targets[0]).toEqual({ partition: 0, replicas: null });
  });

  it('are none while fewer brokers run than copies are declared', () => {
    const next = nextMoves({ places, moves: [], brokers: brokers.slice(0, 2), factor: 3 });
    expect(next).toMatchObject({ targets: [], blocked: '3 copies are declared and 2 brokers run' });
  });

  it('are none while a broker that holds copies is away', () => {
    const next = nextMoves({ places, moves: [], brokers: brokers.slice(1), factor: 3 });
    expect(next).toMatchObject({ targets: [], blocked: 'broker 1, which holds copies of it, is away' });
  });
});

describe('changing the number of copies', () => {
  const wanted: WantedTopic = {
    name: 't',
    field: 'spec.kafka.requests',
    partitions: 12,
    replicationFactor: 3,
    allowRekeying: false,
    configs: {},
  };
  let broker: MemoryBroker;
  let record: TopicRecord | undefined;
  const admin = () => memoryTopicAdmin(broker);
  const rates = async () => [...(await admin().replicationRates([1, 2, 3])).values()].map(({ leader }) => leader);

  /** One look; `crash` loses what it would have written into status. */
  async function step(spec = wanted, { crash = false } = {}): Promise<MoveResult> {
    const [found] = await admin().describe(['t']);
    if (found === undefined) throw new Error('no topic');
    const result = await moveCopies({ admin: admin(), spec, found, last: record, rules });
    const { moving } = result;
    if (!crash) record = { name: 't', partitions: 12, ready: false, ...(moving !== undefined && { moving }) };
    return result;
  }

  beforeEach(async () => {
    broker = new MemoryBroker({ brokers: [1, 2, 3] });
    record = undefined;
    await admin().create({ name: 't', partitions: 12, replicationFactor: 1, configs: {} });
    broker.replicas.hold(true);
  });

  const finishAll = async (): Promise<void> => {
    for (let looks = 0; looks < 10; looks += 1) {
      broker.replicas.hold(false);
      broker.replicas.hold(true);
      await step();
    }
  };

  it('is announced in status before anything is limited or moved', async () => {
    const { problem, moving } = await step();
    expect(problem).toMatchObject({ reason: 'ReplicationChanging' });
    expect(moving).toEqual({ done: 0, partitions: 12, throttled: [1, 2, 3] });
    expect(await rates()).toEqual([undefined, undefined, undefined]);
    expect(await admin().reassignments('t')).toEqual([]);
  });

  it('moves a few partitions, limited, and takes the limits away at the end', async () => {
    await step();
    const { problem } = await step();
    expect(problem?.message).toContain('0 of 12 partitions of topic t have 3 copies');
    expect(await admin().reassignments('t')).toHaveLength(MOVES_AT_ONCE);
    expect(await rates()).toEqual(['10485760', '10485760', '10485760']);
    await finishAll();
    const [topic] = await admin().describe(['t']);
    expect(topic?.replicationFactor).toBe(3);
    expect(topic?.overrides).toEqual([]);
    expect(await rates()).toEqual([undefined, undefined, undefined]);
    expect(record?.moving).toBeUndefined();
  });

  it('comes to the same end whichever looks are lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (crashes) => {
        broker = new MemoryBroker({ brokers: [1, 2, 3] });
        record = undefined;
        await admin().create({ name: 't', partitions: 12, replicationFactor: 1, configs: {} });
        broker.replicas.hold(true);
        for (const crash of crashes) {
          await step(wanted, { crash });
          broker.replicas.hold(false);
          broker.replicas.hold(true);
        }
        await finishAll();
        const [topic] = await admin().describe(['t']);
        expect(topic?.places.every(({ replicas }) => replicas.length === 3)).toBe(true);
        expect(topic?.overrides).toEqual([]);
        expect(await rates()).toEqual([undefined, undefined, undefined]);
      }),
      { numRuns: 40 },
    );
  });

  it('limits no more brokers than status can record', async () => {
    broker = new MemoryBroker({ brokers: Array.from({ length: 70 }, (_, id) => id) });
    await admin().create({ name: 't', partitions: 12, replicationFactor: 1, configs: {} });
    await step();
    expect(record?.moving?.throttled).toHaveLength(64);
    await step();
    await finishAll();
    const left = await admin().replicationRates(Array.from({ length: 70 }, (_, id) => id));
    expect([...left.values()].filter(({ leader }) => leader !== undefined)).toEqual([]);
  });

  it('leaves a limit that a broker had before', async () => {
    await admin().limitReplication([2], 777);
    await step();
    expect(record?.moving?.throttled).toEqual([1, 3]);
    await step();
    await finishAll();
    expect(await rates()).toEqual([undefined, '777', undefined]);
  });

  it('turns round when the declaration does', async () => {
    await step();
    await step();
    const back = { ...wanted, replicationFactor: 1 };
    await step(back);
    expect(await admin().reassignments('t')).toEqual([]);
    await step(back);
    expect(await rates()).toEqual([undefined, undefined, undefined]);
    expect((await admin().describe(['t']))[0]?.replicationFactor).toBe(1);
  });

  it('is refused with numbers while too few brokers run, and begins when they are back', async () => {
    broker.replicas.setRunning(3, false);
    const { problem } = await step({ ...wanted, name: 't' });
    expect(problem).toMatchObject({ reason: 'ReplicationBlocked' });
    expect(problem?.message).toMatch(
      /3 copies are declared and 2 brokers run|broker 3, which holds copies of it, is away/,
    );
    expect(await admin().reassignments('t')).toEqual([]);
    broker.replicas.setRunning(3, true);
    expect((await step()).problem).toMatchObject({ reason: 'ReplicationChanging' });
  });

  it('leaves moves of somebody else alone that do not change the number', async () => {
    const one = { ...wanted, replicationFactor: 1 };
    await admin().reassign('t', [{ partition: 0, replicas: [3] }]);
    expect(await step(one)).toEqual({});
    expect(await admin().reassignments('t')).toHaveLength(1);
    expect(await rates()).toEqual([undefined, undefined, undefined]);
  });

  it('keeps in mind a broker that is away at the end with the limit it was given', async () => {
    await step();
    await step();
    broker.replicas.hold(false);
    for (let looks = 0; looks < 4; looks += 1) await step();
    record = { name: 't', partitions: 12, ready: false, moving: { done: 12, partitions: 12, throttled: [1, 2, 3] } };
    await admin().limitReplication([1, 2, 3], rules.throttle);
    broker.replicas.setRunning(2, false);
    expect((await step()).problem?.message).toContain('broker 2 is away and keeps the limit');
    broker.replicas.setRunning(2, true);
    expect(await step()).toEqual({});
    expect(await rates()).toEqual([undefined, undefined, undefined]);
  });
});
