import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { ConfigMap, Namespace } from '@tagservice/controller-runtime';
import { startApiServer } from '@tagservice/cluster';
import { nameOf, objects } from '../client/calls.ts';
import type { BenchCase, Goal, Measure } from '../measure.ts';
import { driverClient } from '../operator/board.ts';
import { bundleInto, scriptIn } from '../process/bundles.ts';
import { portOf, redirect } from '../process/kubeconfig.ts';
import { numberIn } from '../process/lines.ts';
import { inParallel } from '../process/parallel.ts';
import { Subject } from '../process/subject.ts';
import { startTcpRelay, type TcpRelay } from '../process/tcp-relay.ts';
import { median } from '../statistics.ts';

const namespace = 'bench-client';
const rounds = 3;
const phases = ['gets', 'lists', 'patches'] as const;
type Phase = (typeof phases)[number];
type Figures = { time: number; cpu: number; connections: number };
type Run = Record<Phase, Figures> & { rssMiB: number };
const clients = ['ours', 'official'] as const;
type ClientName = (typeof clients)[number];

/** Our client against the official one, both through a relay that counts their connections. */
export const kubeClientCase: BenchCase = {
  name: 'kube-client',
  summary: 'our Kubernetes client, against the official one',
  run: async ({ scale }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-bench-'));
    const server = await startApiServer();
    const relay = await startTcpRelay(portOf(await readFile(server.kubeconfig, 'utf8')));
    try {
      await fill(server.kubeconfig);
      await bundleInto(folder, { ours: 'src/client/ours.ts', official: 'src/client/official.ts' });
      await redirect(server.kubeconfig, join(folder, 'kubeconfig'), relay.port);
      return measuresOf(await allRounds({ folder, relay, scale }));
    } finally {
      await relay.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function fill(kubeconfig: string): Promise<void> {
  const client = driverClient(kubeconfig);
  await client.apply(Namespace, { metadata: { name: namespace } }, { fieldManager: 'bench' });
  const numbers = Array.from({ length: objects }, (_, n) => n);
  await inParallel(numbers, 16, async (n) => {
    await client.create(ConfigMap, { metadata: { namespace, name: nameOf(n) }, data: { text: 'x'.repeat(1_000) } });
  });
  await client.close();
}

type Setting = { folder: string; relay: TcpRelay; scale: number };

async function allRounds(setting: Setting): Promise<Record<ClientName, Run[]>> {
  const runs: Record<ClientName, Run[]> = { ours: [], official: [] };
  // The first round is the server's warming up.
  for (const name of clients) await measured(name, { ...setting, scale: setting.scale / 4 });
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of round % 2 === 1 ? clients : clients.toReversed()) runs[name].push(await measured(name, setting));
  }
  return runs;
}

async function measured(name: ClientName, { folder, relay, scale }: Setting): Promise<Run> {
  const args = [scriptIn(folder, name), `--kubeconfig=${join(folder, 'kubeconfig')}`, `--namespace=${namespace}`];
  const subject = await Subject.start({ program: process.execPath, args });
  const counts: Record<Phase, number> = { gets: 1_000, lists: 200, patches: 200 };
  try {
    const found: Partial<Record<Phase, Figures>> = {};
    for (const phase of phases) {
      const before = relay.opened;
      const line = await subject.ask(`${phase} ${String(Math.max(1, Math.round(counts[phase] * scale)))}`);
      found[phase] = {
        time: numberIn(line, 'ms'),
        cpu: numberIn(line, 'cpuMs'),
        connections: relay.opened - before,
      };
    }
    return { ...(found as Record<Phase, Figures>), rssMiB: subject.usage().rssMiB };
  } finally {
    await subject.stop();
  }
}

const goals: Readonly<Record<string, Goal>> = { 'gets.connections': { atMost: 4 } };
const units: Readonly<Record<keyof Figures, string>> = { time: 'ms', cpu: 'ms', connections: 'connections' };

function measuresOf({ ours, official }: Readonly<Record<ClientName, readonly Run[]>>): Measure[] {
  const measure = (name: string, unit: string, of: (run: Run) => number): Measure => {
    const goal = goals[name];
    return {
      name: `kube-client.${name}`,
      unit,
      value: median(ours.map(of)),
      reference: median(official.map(of)),
      referenceName: '@kubernetes/client-node 2.0.1',
      ...(goal === undefined ? {} : { goal }),
    };
  };
  const figures = phases.flatMap((phase) =>
    (['time', 'cpu', 'connections'] as const).map((figure) =>
      measure(`${phase}.${figure}`, units[figure], (run) => run[phase][figure]),
    ),
  );
  return [...figures, measure('rss', 'MiB', ({ rssMiB }) => rssMiB)];
}
