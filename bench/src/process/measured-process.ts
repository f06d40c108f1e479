import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import process from 'node:process';
import { until } from '@tagservice/cluster';
import { BenchFailure } from '../errors.ts';
import { usageOf, type Usage } from './usage.ts';

/** A process that is measured from outside. */
export interface MeasuredProcess {
  /** From its start to the first 200 of the address that it is ready at. */
  readonly readyMs: number;
  readonly pid: number;
  usage(): Usage;
  stop(): Promise<void>;
}

export interface MeasuredCommand {
  readonly script: string;
  /** Of Node itself, as in the image. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Answers 200 when the process is ready. */
  readonly readyUrl: string;
  /** The file that its log goes to; to nobody unless given. */
  readonly log?: string;
}

const readyLimitMs = 60_000;
const stopLimitMs = 30_000;

/**
 * Starts a bundled program on this machine and waits until it is ready.
 *
 * @throws BenchFailure with the last of what it wrote to stderr
 */
export async function startMeasured({ script, flags, env, readyUrl, log }: MeasuredCommand): Promise<MeasuredProcess> {
  const started = performance.now();
  // Its log goes where a container's goes, to a pipe that is read, but by the kernel.
  const output = log === undefined ? undefined : openSync(log, 'a');
  const child = spawn(process.execPath, [...flags, script], {
    stdio: ['ignore', output ?? 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  if (output !== undefined) closeSync(output);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    await end(child);
  };
  try {
    await becomesReady(child, readyUrl);
  } catch (error) {
    await stop();
    throw error;
  }
  const { pid = 0 } = child;
  return { readyMs: performance.now() - started, pid, usage: () => usageOf(pid), stop };
}

async function becomesReady(child: ChildProcess, url: string): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const passes = await until({ timeoutMs: readyLimitMs, everyMs: 5 }, async () => {
    if (child.exitCode !== null) return true;
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  });
  if (!passes || child.exitCode !== null) throw new BenchFailure(`${url} does not become ready.\n${errors}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killed = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(killed);
}
