import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApiServer } from '@tagservice/cluster';
import { createObjects, record } from '../informer/changes.ts';
import { runLive, runReplay, type LiveFigures, type Load, type ReplayFigures } from '../informer/contest.ts';
import type { BenchCase, Goal, Measure } from '../measure.ts';
import { driverClient } from '../operator/board.ts';
import { bundleInto, scriptIn } from '../process/bundles.ts';
import { median, percentile } from '../statistics.ts';

const rounds = 2;
const caches = ['ours', 'official'] as const;
type Runs<T> = Record<(typeof caches)[number], T[]>;
type All = { live: Runs<LiveFigures>; replay: Runs<ReplayFigures>; load: Load };

function loadOf(scale: number): Load {
  const share = (full: number): number => Math.max(20, Math.round(full * scale));
  return { objects: share(10_000), single: share(500), flood: share(5_000), restMs: 2_000 };
}

/** Our cache against the official informer. */
export const informerCase: BenchCase = {
  name: 'informer',
  summary: 'our cache of a kind, against the official informer',
  run: async ({ scale }) => {
    const load = loadOf(scale);
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-bench-'));
    const server = await startApiServer();
    const client = driverClient(server.kubeconfig);
    try {
      await bundleInto(folder, { ours: 'src/informer/ours.ts', official: 'src/informer/official.ts' });
      await createObjects(client, load.objects);
      const recording = await record(client, { changes: load.flood, objects: load.objects });
      const all: All = { live: { ours: [], official: [] }, replay: { ours: [], official: [] }, load };
      for (let round = 1; round <= rounds; round += 1) {
        for (const name of round % 2 === 1 ? caches : caches.toReversed()) {
          const command = { folder, script: scriptIn(folder, name) };
          all.live[name].push(await runLive(command, { client, kubeconfig: server.kubeconfig, load }));
          all.replay[name].push(await runReplay(command, recording, load.objects));
        }
      }
      return measuresOf(all);
    } finally {
      await client.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

type Figure<T> = { name: string; unit: string; goal?: Goal; of: (run: T) => number };

function measuresOf({ live, replay, load }: All): Measure[] {
  const perThousand = 1_000 / load.flood;
  return [
    ...figures(live, [
      { name: 'sync', unit: 'ms', of: (run) => run.syncMs },
      { name: 'delay.p50', unit: 'ms', of: (run) => percentile(run.delaysMs, 50) },
      { name: 'delay.p99', unit: 'ms', goal: { atMost: 50 }, of: (run) => percentile(run.delaysMs, 99) },
      { name: 'flood.rate', unit: 'changes/s', of: (run) => run.floodRate },
      { name: 'flood.delay.p99', unit: 'ms', of: (run) => percentile(run.floodDelaysMs, 99) },
      { name: 'flood.cpu', unit: 'ms/1000-changes', of: (run) => run.floodCpuMs * perThousand },
      { name: 'rss', unit: 'MiB', of: (run) => run.rssMiB },
      { name: 'heap', unit: 'MiB', of: (run) => run.heapMiB },
      { name: 'rss.later', unit: 'MiB', of: (run) => run.laterRssMiB },
    ]),
    ...figures(replay, [
      { name: 'replay.rate', unit: 'changes/s', of: (run) => run.rate },
      { name: 'replay.cpu', unit: 'ms/1000-changes', of: (run) => run.cpuMs * perThousand },
      { name: 'blind', unit: 'ms', of: (run) => run.blindMs },
    ]),
  ];
}

function figures<T>({ ours, official }: Runs<T>, wanted: readonly Figure<T>[]): Measure[] {
  return wanted.map(({ name, unit, goal, of }) => ({
    name: `informer.${name}`,
    unit,
    value: median(ours.map(of)),
    reference: median(official.map(of)),
    referenceName: 'makeInformer of @kubernetes/client-node 2.0.1',
    ...(goal === undefined ? {} : { goal }),
  }));
}
