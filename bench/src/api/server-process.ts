import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import { until } from '@tagservice/cluster';
import { BenchFailure } from '../errors.ts';
import { usageOf, type Usage } from '../process/usage.ts';

/** A server that is measured from outside. */
export interface ServerProcess {
  /** From the start of the process to the first 200 of the address that it is ready at. */
  readonly readyMs: number;
  readonly port: number;
  usage(): Usage;
  stop(): Promise<void>;
}

/** How a server is started and when it counts as ready. */
export interface ServerCommand {
  readonly script: string;
  /** Of Node itself, as in the image. */
  readonly flags?: readonly string[];
  readonly port: number;
  /** Answers 200 when the server is ready. */
  readonly readyUrl: string;
  readonly env: Readonly<Record<string, string>>;
}

const readyLimitMs = 60_000;
const stopLimitMs = 10_000;

/** Starts a bundled server on this machine and waits until it is ready. */
export async function startServer({ script, flags = [], port, readyUrl, env }: ServerCommand): Promise<ServerProcess> {
  const started = performance.now();
  const child = spawn(process.execPath, [...flags, script], {
    // Its log goes where a container's goes, to a pipe that is read, but by the kernel.
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], HTTP_PORT: String(port), NODE_ENV: 'production', ...env },
  });
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
  return { readyMs: performance.now() - started, port, usage: () => usageOf(child.pid ?? 0), stop };
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
