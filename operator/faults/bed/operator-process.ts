import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { freePorts } from '@tagservice/cluster';
import { HarnessError } from '../errors.ts';
import { nodeFlags } from './entrypoint.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../../..');

/**
 * `resident`: all, pages of the program's file as well, whose number depends on how the kernel happened to read it (42 or 68 MiB of the same
 * Node); `own`: without those.
 */
export type Memory = { readonly resident: number; readonly own: number };

/** The operator as it is shipped, as a process of its own. */
export type OperatorProcess = {
  /** From its start to the first time that it called itself ready, in milliseconds. */
  readonly readyMs: number;
  /** Memory that it holds, in MiB. */
  memory(): Memory;
  /** Waits until it has looked at so many TagServices and told of their conditions. */
  lookedAt(services: number, limitMs: number): Promise<void>;
  /** Throws {@link HarnessError}, with the last lines that it wrote, when it has ended without being told to. */
  check(): void;
  /** Ends it as a node would, and waits for its end. */
  stop(): Promise<void>;
};

/** Makes the bundle that the image holds; about 2 s. */
export async function bundleOperator(): Promise<string> {
  await promisify(execFile)(process.execPath, ['tools/workspace/src/bundle.ts', 'operator'], { cwd: root });
  return join(root, 'operator/dist/main.js');
}

export type OperatorProcessOptions = {
  readonly program: string;
  readonly kubeconfig: string;
  /** Where its Lease is. */
  readonly namespace: string;
  /** How long it may take to become ready. */
  readonly limitMs: number;
};

const OUTPUT_LIMIT = 20_000;

/** Starts it and waits until it is ready. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const [health = 0] = await freePorts(1);
  const begun = performance.now();
  const child = spawn(process.execPath, [...flagsOfTheImage(), options.program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      KUBECONFIG: options.kubeconfig,
      POD_NAME: 'operator-0',
      POD_NAMESPACE: options.namespace,
      EXTERNAL_METRICS: 'false',
      HEALTH_PORT: String(health),
      LOG_LEVEL: 'warn',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-OUTPUT_LIMIT)));
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const check = (): void => {
    const { exitCode, signalCode } = child;
    if (exitCode === null && signalCode === null) return;
    throw new HarnessError(`the operator ended (${String(signalCode ?? exitCode)}): ${output.slice(-2_000)}`);
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await until(() => isReady(health), { what: 'a ready operator', limitMs: options.limitMs, everyMs: 10 });
  } catch (error) {
    await stop();
    throw new HarnessError(`${String(error)}: ${output.slice(-2_000)}`);
  }
  const readyMs = performance.now() - begun;
  const lookedAt = async (services: number, limitMs: number): Promise<void> => {
    const what = `a look of the operator at ${String(services)} TagServices`;
    const all = async (): Promise<boolean> => {
      check();
      return (await toldOf(health)) >= services;
    };
    await until(all, { what, limitMs, everyMs: METRICS_EVERY_MS });
  };
  return { readyMs, memory: () => memoryOf(child.pid ?? 0), lookedAt, check, stop };
}

/** What decides how much memory is taken. */
const flagsOfTheImage = (): readonly string[] => nodeFlags(readFileSync(join(root, 'operator/Dockerfile'), 'utf8'));

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/readyz`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

/** The metrics of a thousand services are 700 kB and take 0.2 s of the operator: asked for all the time they keep it from its work. */
const METRICS_EVERY_MS = 2_000;

/** Number of TagServices whose conditions this process has told in its metrics. */
async function toldOf(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  return [...(await answer.text()).matchAll(/^tagservice_condition\{[^}]*type="Ready"/gm)].length;
}

function memoryOf(pid: number): Memory {
  // A process that has ended has no memory, and no limit is kept by that.
  const file = `/proc/${String(pid)}/status`;
  const status = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1_024;
  return { resident: mebibytes('VmRSS'), own: mebibytes('RssAnon') };
}
