import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts, until } from '@tagservice/cluster';
import { nodeFlags } from '@tagservice/operator/faults/entrypoint';
import { workspaceRoot } from '@tagservice/workspace';
import { BenchFailure } from '../errors.ts';
import { usageOf, type Usage } from '../process/usage.ts';

/** The operator as it runs in its image, but on this machine. */
export interface OperatorProcess {
  /** From the start of the process to the first 200 of /readyz. */
  readonly readyMs: number;
  usage(): Usage;
  stop(): Promise<void>;
}

const readyLimitMs = 60_000;
const stopLimitMs = 30_000;

/** Starts the bundled operator with its image's flags and waits until its readiness probe passes. */
export async function startOperatorProcess(
  script: string,
  { kubeconfig, namespace }: { kubeconfig: string; namespace: string },
): Promise<OperatorProcess> {
  const flags = nodeFlags(await readFile(join(workspaceRoot, 'operator', 'Dockerfile'), 'utf8'));
  const [health = 0, metrics = 0] = await freePorts(2);
  const started = performance.now();
  const child = spawn(process.execPath, [...flags, script], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      KUBECONFIG: kubeconfig,
      POD_NAME: 'operator-0',
      POD_NAMESPACE: namespace,
      HEALTH_PORT: String(health),
      METRICS_API_PORT: String(metrics),
      LOG_LEVEL: 'warn',
    },
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    await end(child);
  };
  try {
    await becomesReady(child, health);
  } catch (error) {
    await stop();
    throw error;
  }
  const readyMs = performance.now() - started;
  return { readyMs, usage: () => usageOf(child.pid ?? 0), stop };
}

async function becomesReady(child: ChildProcess, port: number): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const passes = await until({ timeoutMs: readyLimitMs, everyMs: 5 }, async () => {
    if (child.exitCode !== null) return true;
    const answer = await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  });
  if (!passes || child.exitCode !== null) throw new BenchFailure(`The operator does not become ready.\n${errors}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killed = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(killed);
}

/** Medians are taken of several looks: a garbage collection may fall between two. */
export async function looks(operator: OperatorProcess, count: number, everyMs: number): Promise<Usage[]> {
  const all: Usage[] = [];
  for (let i = 0; i < count; i += 1) {
    await pause(everyMs);
    all.push(operator.usage());
  }
  return all;
}
