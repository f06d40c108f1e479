import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { kafkaTopicAdmin } from '@tagservice/event-bus';
import { startKafka } from '@tagservice/testbed';
import type { BenchCase, Goal, Measure } from '../measure.ts';
import { numberIn } from '../process/lines.ts';
import { Subject } from '../process/subject.ts';
import { median } from '../statistics.ts';

const contenders = ['ours', 'kafkajs', 'platformatic'] as const;
type Contender = (typeof contenders)[number];

const names: Record<Contender, string> = {
  ours: 'our bus',
  kafkajs: 'kafkajs 2.2.4',
  platformatic: '@platformatic/kafka 2.12.1',
};

interface Figures {
  /** Messages produced and consumed a second. */
  readonly rate: number;
  readonly cpuMicroseconds: number;
  readonly rssMiB: number;
}

const rounds = 5;
const partitions = 4;

/** Our bus against the clients that it could stand on, each producing and consuming at the same time, on one broker. */
export const busCase: BenchCase = {
  name: 'bus',
  summary: 'messages produced and consumed, against plain kafkajs and @platformatic/kafka',
  run: async ({ scale }) => {
    const kafka = await startKafka();
    const admin = kafkaTopicAdmin({ brokers: [kafka.address], clientId: 'bench', timeoutMs: 30_000 });
    const subjects = new Map<Contender, Subject>();
    const figures: Record<Contender, Figures[]> = { ours: [], kafkajs: [], platformatic: [] };
    try {
      for (const name of contenders) {
        const topic = `bench-${name}-${randomUUID()}`;
        await admin.create({ name: topic, partitions, replicationFactor: 1, configs: {} });
        subjects.set(name, await start(name, [kafka.address, topic, `${topic}-group`]));
      }
      const count = Math.max(2_000, Math.round(100_000 * scale));
      // The first turn warms up: the consumers join their groups, the code gets compiled.
      const turns = Array.from({ length: rounds + 1 }, (_, round) =>
        (round % 2 === 0 ? contenders : contenders.toReversed()).map((name) => ({ round, name })),
      ).flat();
      for (const { round, name } of turns) {
        const one = await run(subjects.get(name), count);
        if (round > 0 && one !== undefined) figures[name].push(one);
      }
      return measuresOf(figures);
    } finally {
      await Promise.all(Array.from(subjects.values(), (subject) => subject.stop()));
      await admin.close();
      await kafka.stop();
    }
  },
};

async function start(name: Contender, args: readonly string[]): Promise<Subject> {
  const script = fileURLToPath(new URL(`../bus/${name}.ts`, import.meta.url));
  return await Subject.start({ program: process.execPath, args: [script, ...args] });
}

async function run(subject: Subject | undefined, count: number): Promise<Figures | undefined> {
  if (subject === undefined) return undefined;
  const before = subject.usage().cpuSeconds;
  const report = await subject.ask(`run ${String(count)}`);
  const { cpuSeconds, rssMiB } = subject.usage();
  const cpuMicroseconds = ((cpuSeconds - before) / count) * 1e6;
  return { rate: count / (numberIn(report, 'ms') / 1000), cpuMicroseconds, rssMiB };
}

function measuresOf(figures: Readonly<Record<Contender, readonly Figures[]>>): Measure[] {
  const of = (name: Contender, key: keyof Figures): number => median(figures[name].map((one) => one[key]));
  const against = (
    reference: Contender,
    key: keyof Figures,
  ): Pick<Measure, 'value' | 'reference' | 'referenceName'> => ({
    value: of('ours', key),
    reference: of(reference, key),
    referenceName: names[reference],
  });
  const same = (unit: string, goal?: Goal): Pick<Measure, 'unit' | 'goal'> =>
    goal === undefined ? { unit } : { unit, goal };
  return [
    { name: 'bus.rate', ...same('messages/s', { atLeast: 20_000 }), value: of('ours', 'rate') },
    { name: 'bus.rate.kafkajs', ...same('messages/s', { min: 1 }), ...against('kafkajs', 'rate') },
    { name: 'bus.rate.platformatic', ...same('messages/s'), ...against('platformatic', 'rate') },
    { name: 'bus.cpu.kafkajs', ...same('us/message', { max: 1 }), ...against('kafkajs', 'cpuMicroseconds') },
    { name: 'bus.cpu.platformatic', ...same('us/message'), ...against('platformatic', 'cpuMicroseconds') },
    { name: 'bus.rss.kafkajs', ...same('MiB'), ...against('kafkajs', 'rssMiB') },
    { name: 'bus.rss.platformatic', ...same('MiB'), ...against('platformatic', 'rssMiB') },
  ];
}
