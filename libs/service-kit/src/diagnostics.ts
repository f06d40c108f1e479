import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { createGzip } from 'node:zlib';
import type { Logger } from './logger.ts';

/** What of `process` is used; tests give an EventEmitter. */
export interface SignalSource {
  on(event: string, listener: () => void): unknown;
}

/** Where recordings go and how much they may take. */
export interface DiagnosticsOptions {
  readonly folder: string;
  /** Most bytes of all recordings together; the oldest go first. A volume of a pod that overflows ends the pod. */
  readonly maxBytes: number;
  readonly logger: Logger;
  /** How long the processor is watched, in milliseconds. Default 10,000. */
  readonly profileMs?: number;
  readonly host?: SignalSource;
}

/** A recording would take more than the folder may hold. */
export class RecordingTooLarge extends Error {
  override readonly name = 'RecordingTooLarge';
}

const recording = /^\d{8}T\d{9}Z\.(cpuprofile|heapsnapshot)\.gz$/;

/**
 * On SIGUSR2: a CPU profile of the next seconds, then a snapshot of the heap, both for the developer tools of a browser after `gunzip`.
 * Of the main thread; worker threads are not in them. The snapshot stops the process for about a second per 100 MiB of heap, so it is
 * nothing to ask for every minute; while one is made, further signals are refused.
 */
export function offerDiagnostics(options: DiagnosticsOptions): void {
  const { logger, folder, host = process } = options;
  let busy = false;
  host.on('SIGUSR2', () => {
    if (busy) {
      logger.warn('a recording is under way; this signal is ignored');
      return;
    }
    busy = true;
    record(options)
      .then((files) => {
        logger.info({ folder, files }, 'profile and heap snapshot are recorded');
      })
      .catch((error: unknown) => {
        logger.error({ folder, error }, 'recording failed');
      })
      .finally(() => {
        busy = false;
      });
  });
}

async function record(options: DiagnosticsOptions): Promise<string[]> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  options.logger.info({ folder: options.folder }, 'recording a profile and a heap snapshot');
  const profile = await cpuProfile(options.profileMs ?? 10_000);
  return [
    await keep(options, 'cpuprofile', Readable.from([profile])),
    await keep(options, 'heapsnapshot', getHeapSnapshot()),
  ];
}

async function cpuProfile(ms: number): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await pause(ms);
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}

/** Writes one recording, compressed. It gets its name when it is whole; older ones make room, and one that is too large is thrown away. */
async function keep({ folder, maxBytes }: DiagnosticsOptions, kind: string, content: Readable): Promise<string> {
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, '');
  const name = `${stamp}.${kind}.gz`;
  const unfinished = join(folder, 'unfinished');
  // Room for as much as it may take: while it grows, nothing else may be there that makes it overflow.
  await makeRoom(folder, maxBytes / 2);
  try {
    await pipeline(content, createGzip(), limit(maxBytes / 2), createWriteStream(unfinished, { mode: 0o600 }));
    await rename(unfinished, join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return name;
}

function limit(most: number): Transform {
  let written = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      if (written > most) done(new RecordingTooLarge(`The recording takes more than ${String(most)} bytes`));
      else done(null, chunk);
    },
  });
}

/** Removes the oldest recordings until the others take no more than `most` bytes. */
async function makeRoom(folder: string, most: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => recording.test(name)).toSorted();
  const files = await Promise.all(names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })));
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size } of files) {
    if (total <= most) return;
    await rm(join(folder, name), { force: true });
    total -= size;
  }
}
