import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CustomResourceDefinition, type KubeClient } from '@tagservice/controller-runtime';
import { poll, startApiServer } from '@tagservice/cluster';
import { BenchFailure } from '../errors.ts';
import type { BenchCase, Measure } from '../measure.ts';
import { driverClient } from '../operator/board.ts';
import { contest, type Load, type RunFigures } from '../operator/contest.ts';
import { compare } from '../operator/figures.ts';
import { buildContestants, type Contestant } from '../operator/subjects.ts';
import { Widgets, widgetDefinition } from '../operator/widget.ts';

const rounds = 2;

function loadOf(scale: number): Load {
  const share = (full: number): number => Math.max(5, Math.round(full * scale));
  return { widgets: share(400), concurrency: 8, drifts: share(100), resyncs: 3, restMs: 5_000 };
}

/** Our runtime against a minimal operator in Go that does the same work on the same API server. */
export const operatorCase: BenchCase = {
  name: 'operator',
  summary: 'reconciling on our runtime, against Go’s controller-runtime',
  run: async ({ scale }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-bench-'));
    const server = await startApiServer();
    const client = driverClient(server.kubeconfig);
    try {
      await install(client);
      const contestants = await buildContestants(folder);
      const runs = await allRounds(contestants, { client, kubeconfig: server.kubeconfig, load: loadOf(scale) });
      return measuresOf(runs, loadOf(scale));
    } finally {
      await client.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function install(client: KubeClient): Promise<void> {
  await client.apply(CustomResourceDefinition, widgetDefinition, { fieldManager: 'bench' });
  const served = await poll({ timeoutMs: 30_000 }, () => client.list(Widgets).catch(() => undefined));
  if (served === undefined) throw new BenchFailure('The API server does not serve widgets.');
}

type Runs = Readonly<Record<Contestant['name'], RunFigures[]>>;

async function allRounds(
  contestants: readonly Contestant[],
  { client, kubeconfig, load }: { client: KubeClient; kubeconfig: string; load: Load },
): Promise<Runs> {
  const runs: Runs = { go: [], ours: [], applier: [] };
  const [first] = contestants;
  // The API server compiles and caches at its first requests: nobody's figures shall pay for that.
  const small = { ...load, widgets: Math.min(load.widgets, 50), drifts: 5, resyncs: 1, restMs: 0 };
  if (first !== undefined) await contest(first, { client, kubeconfig, namespace: 'bench-warm-up' }, small);
  for (let round = 1; round <= rounds; round += 1) {
    // There and back: who comes later meets a fuller server.
    for (const contestant of round % 2 === 1 ? contestants : contestants.toReversed()) {
      const namespace = `bench-${contestant.name}-${String(round)}`;
      runs[contestant.name].push(await contest(contestant, { client, kubeconfig, namespace }, load));
    }
  }
  return runs;
}

function measuresOf({ go, ours, applier }: Runs, { widgets }: Load): Measure[] {
  return [
    ...compare({ prefix: 'operator', widgets, runs: ours, reference: go }),
    ...compare({ prefix: 'operator.applier', widgets, runs: applier, reference: go }),
  ];
}
