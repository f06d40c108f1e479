import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '@tagservice/cluster';
import { nodeFlags } from '@tagservice/operator/faults/entrypoint';
import { workspaceRoot } from '@tagservice/workspace';
import { startMeasured, type MeasuredProcess } from '../process/measured-process.ts';
import type { Usage } from '../process/usage.ts';

/** Starts the bundled operator with its image's flags, but on this machine, and waits until its readiness probe passes. */
export async function startOperatorProcess(
  script: string,
  { kubeconfig, namespace }: { kubeconfig: string; namespace: string },
): Promise<MeasuredProcess> {
  const flags = nodeFlags(await readFile(join(workspaceRoot, 'operator', 'Dockerfile'), 'utf8'));
  const [health = 0, metrics = 0] = await freePorts(2);
  return await startMeasured({
    script,
    flags,
    env: {
      KUBECONFIG: kubeconfig,
      POD_NAME: 'operator-0',
      POD_NAMESPACE: namespace,
      HEALTH_PORT: String(health),
      METRICS_API_PORT: String(metrics),
      LOG_LEVEL: 'warn',
    },
    readyUrl: `http://127.0.0.1:${String(health)}/readyz`,
  });
}

/** Medians are taken of several looks: a garbage collection may fall between two. */
export async function looks(operator: MeasuredProcess, count: number, everyMs: number): Promise<Usage[]> {
  const all: Usage[] = [];
  for (let i = 0; i < count; i += 1) {
    await pause(everyMs);
    all.push(operator.usage());
  }
  return all;
}
