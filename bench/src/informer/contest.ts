import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubeClient } from '@tagservice/controller-runtime';
import { until } from '@tagservice/cluster';
import { BenchFailure } from '../errors.ts';
import { plainKubeconfig } from '../process/kubeconfig.ts';
import { numberIn, numbersIn } from '../process/lines.ts';
import { Subject } from '../process/subject.ts';
import { changeAtOnce, changeInTurn, namespace } from './changes.ts';
import { startReplay, type Recording } from './replay.ts';

/** How much is watched and changed. */
export interface Load {
  readonly objects: number;
  /** Changes made one after the other. */
  readonly single: number;
  /** Changes made as fast as the API server takes them. */
  readonly flood: number;
  readonly restMs: number;
}

/** What one run of one cache against the API server gave. */
export interface LiveFigures {
  /** From the start of the process until every object is there. */
  readonly syncMs: number;
  readonly rssMiB: number;
  readonly heapMiB: number;
  /** From sending a change to the handler that is told of it, milliseconds each. */
  readonly delaysMs: readonly number[];
  readonly floodRate: number;
  readonly floodCpuMs: number;
  readonly floodDelaysMs: readonly number[];
  /** After all changes. */
  readonly laterRssMiB: number;
}

const quietMs = 1_500;

/** A cache and where it is started from. */
export interface InformerCommand {
  readonly script: string;
  readonly folder: string;
}

async function start({ script }: InformerCommand, kubeconfig: string): Promise<Subject> {
  const args = [script, `--kubeconfig=${kubeconfig}`, `--namespace=${namespace}`];
  return await Subject.start({ program: process.execPath, args });
}

/** Runs one cache against the API server. */
export async function runLive(
  command: InformerCommand,
  { client, kubeconfig, load }: { client: KubeClient; kubeconfig: string; load: Load },
): Promise<LiveFigures> {
  const started = performance.now();
  const subject = await start(command, kubeconfig);
  try {
    await subject.ask(`synced ${String(load.objects)}`);
    const syncMs = performance.now() - started;
    await pause(load.restMs);
    const { rssMiB, anonymousMiB: heapMiB } = subject.usage();
    await subject.ask('watch');
    await changeInTurn(client, load.single, load.objects);
    const single = await subject.ask(`seen ${String(load.single)}`);
    await subject.ask('watch');
    const before = subject.usage().cpuSeconds;
    await changeAtOnce(client, load.flood, load.objects);
    const flood = await subject.ask(`seen ${String(load.flood)}`);
    const after = subject.usage();
    return {
      syncMs,
      rssMiB,
      heapMiB,
      delaysMs: numbersIn(single, 'delays'),
      floodRate: (load.flood * 1000) / numberIn(flood, 'spanMs'),
      floodCpuMs: (after.cpuSeconds - before) * 1000,
      floodDelaysMs: numbersIn(flood, 'delays'),
      laterRssMiB: after.rssMiB,
    };
  } finally {
    await subject.stop();
  }
}

/** What one run against the recording gave. */
export interface ReplayFigures {
  /** Changes a second when they come as fast as they are taken. */
  readonly rate: number;
  readonly cpuMs: number;
  /** How long nobody watched after the server had ended a quiet watch for the third time. */
  readonly blindMs: number;
}

/** Runs one cache against the recording, where no API server limits it. */
export async function runReplay(
  command: InformerCommand,
  { list, lines }: Recording,
  objects: number,
): Promise<ReplayFigures> {
  const server = await startReplay(list);
  const kubeconfig = join(command.folder, 'replay-kubeconfig');
  await writeFile(kubeconfig, plainKubeconfig(server.port), { mode: 0o600 });
  const subject = await start(command, kubeconfig);
  try {
    await subject.ask(`synced ${String(objects)}`);
    await watched(() => server.watches > 0);
    await subject.ask('watch');
    const before = subject.usage().cpuSeconds;
    server.send(lines.join(''));
    const seen = await subject.ask(`seen ${String(lines.length)}`);
    const cpuMs = (subject.usage().cpuSeconds - before) * 1000;
    let blindMs = Number.NaN;
    for (let time = 0; time < 3; time += 1) {
      const opened = server.opened;
      // A watch that a server ends at once is an error of the server's; one that lived a while and was quiet is not.
      await pause(quietMs);
      const ended = performance.now();
      server.endWatches();
      await watched(() => server.opened > opened);
      blindMs = performance.now() - ended;
    }
    return { rate: (lines.length * 1000) / numberIn(seen, 'spanMs'), cpuMs, blindMs };
  } finally {
    await subject.stop();
    await server.close();
  }
}

async function watched(holds: () => boolean): Promise<void> {
  if (!(await until({ timeoutMs: 60_000, everyMs: 2 }, holds)))
    throw new BenchFailure('Nobody opened a watch within a minute.');
}
