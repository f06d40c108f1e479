import { checkObjects } from './check-objects.ts';
import { ComponentFailed } from './errors.ts';
import { EmbeddedCluster } from './providers/embedded.ts';
import { nodeName } from './node-config.ts';
import { step } from './report.ts';
import { findTraces } from './traces.ts';
import type { Cluster, Report } from './types.ts';
import { poll, until } from './wait.ts';

/** What the check needs to know. */
export type CheckOptions = { name: string; nodes: number; report: Report };

const namespace = 'cluster-check';

function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new ComponentFailed(`The check failed: ${otherwise}`);
}

/**
 * Proves, in a cluster of its own, that pods of every node reach Services by name, that volumes keep what pods without root rights
 * write, that a cut or stopped node is noticed and comes back, and that nothing of it all is left afterwards.
 */
export async function checkCluster(options: CheckOptions): Promise<void> {
  const { name, nodes, report } = options;
  const cluster = new EmbeddedCluster({ name, profile: 'full', nodes, controllerManager: false, report });
  expect((await cluster.status()).state === 'down', `there is a cluster "${name}" already; name another with --name`);
  try {
    expect((await cluster.up()).changed, '`up` of nothing changed nothing');
    await step(report, 'up again changes nothing', async () => {
      expect(!(await cluster.up()).changed, '`up` of a running cluster changed something');
    });
    await checkNetwork(cluster, nodes, report);
    await checkVolume(cluster, report);
    if (nodes > 1) await checkFailures(cluster, nodeName(nodes - 1), report);
  } finally {
    await cluster.down();
  }
  await step(report, 'nothing is left', () => {
    const traces = findTraces(name);
    expect(traces.length === 0, `this is left:\n  ${traces.join('\n  ')}`);
    return Promise.resolve();
  });
}

async function checkNetwork(cluster: Cluster, nodes: number, report: Report): Promise<void> {
  await step(report, `a Deployment rolls on ${String(nodes)} node(s)`, async () => {
    await cluster.kubectl(['apply', '-f', '-'], { input: checkObjects(namespace, nodes) });
    await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=60s']);
  });
  await step(report, 'every node reaches the Service and the API server by name', async () => {
    const done = ['-n', namespace, 'wait', '--for=condition=complete', 'job/ask', '--timeout=60s'];
    await cluster.kubectl(done);
  });
  await step(report, 'the API server reaches pods and kubelets', async () => {
    await cluster.kubectl(['get', '--raw', `/api/v1/namespaces/${namespace}/services/web:80/proxy/`]);
    await cluster.kubectl(['-n', namespace, 'logs', 'deployment/web']);
  });
  await step(report, 'the host reaches the Service through a forward', async () => {
    const forward = await cluster.forward({ namespace, service: 'web', port: 80 });
    try {
      const seen = new Set<string>();
      // Each request may go to any pod: ask until each has answered.
      const all = await until({ timeoutMs: 20_000, everyMs: 20 }, async () => {
        seen.add((await (await fetch(forward.url)).text()).trim());
        return seen.size === nodes;
      });
      expect(all, `only these of ${String(nodes)} pods answered: ${[...seen].join(', ')}`);
    } finally {
      await forward.close();
    }
  });
}

async function startsOf(cluster: Cluster): Promise<number | undefined> {
  const forward = await cluster.forward({ namespace, service: 'keep', port: 80 });
  try {
    return await poll({ timeoutMs: 30_000, everyMs: 100 }, async () => {
      const answer = await fetch(forward.url).then(
        (response) => response.text(),
        () => '',
      );
      return answer === '' ? undefined : Number(answer.trim().split(' ')[1]);
    });
  } finally {
    await forward.close();
  }
}

async function checkVolume(cluster: Cluster, report: Report): Promise<void> {
  await step(report, 'a volume keeps what a pod without root rights wrote', async () => {
    const ready = ['-n', namespace, 'rollout', 'status', 'statefulset/keep', '--timeout=60s'];
    await cluster.kubectl(ready);
    const first = await startsOf(cluster);
    await cluster.kubectl(['-n', namespace, 'delete', 'pod', 'keep-0', '--grace-period=1']);
    await cluster.kubectl(['-n', namespace, 'wait', '--for=create', 'pod/keep-0', '--timeout=30s']);
    await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=ready', 'pod/keep-0', '--timeout=60s']);
    const second = await startsOf(cluster);
    expect(
      first === 1 && second === 2,
      `the pod counted ${String(first)}, then ${String(second)} starts on its volume`,
    );
  });
}

async function awaitReady(cluster: Cluster, node: string, ready: boolean): Promise<void> {
  const holds = await until({ timeoutMs: 90_000, everyMs: 500 }, async () => {
    return (await cluster.status()).nodes.some((seen) => seen.name === node && seen.ready === ready);
  });
  expect(holds, `${node} is not ${ready ? 'Ready' : 'NotReady'} after 90 s`);
}

async function checkFailures(cluster: Cluster, node: string, report: Report): Promise<void> {
  await step(report, `${node} cut off: NotReady`, async () => {
    await cluster.cutNode(node);
    await awaitReady(cluster, node, false);
  });
  await step(report, `${node} joined again: Ready`, async () => {
    await cluster.healNode(node);
    await awaitReady(cluster, node, true);
  });
  await step(report, `${node} stopped: NotReady`, async () => {
    await cluster.stopNode(node);
    await awaitReady(cluster, node, false);
  });
  await cluster.startNode(node);
  await step(report, 'its pods run again', async () => {
    await cluster.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=90s']);
  });
}
