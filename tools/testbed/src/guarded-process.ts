import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TestbedFailure } from './errors.ts';
import { until } from './ports.ts';

/**
 * The guard is a shell in a session of its own that runs the server and waits on a pipe from us. However we end (also by
 * SIGKILL), the pipe closes, and the guard ends the server and removes its folder. The line `keep` ends the server only.
 */
const guardScript = `
dir=$1; shift
"$@" </dev/null >>"$dir/server.log" 2>&1 &
pid=$!
echo "$pid"
read -r word
kill -KILL "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
[ "$word" = keep ] || rm -rf "$dir"
`;

/** A server process that cannot outlive us. */
export interface GuardedProcess {
  readonly pid: number;
  /** SIGKILL, as a crash: nothing is flushed. The folder stays. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. Resolves when it stands still. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** Runs a program under a guard, with its output in `<folder>/server.log`. */
export async function startGuarded(folder: string, command: readonly string[]): Promise<GuardedProcess> {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'guard', folder, ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    guard.once('close', () => {
      resolve();
    });
  });
  guard.stdin.on('error', () => undefined);
  const pid = await firstLine(guard);
  // A server left running must not keep the event loop, and with it the guard's pipe, open.
  guard.unref();
  const end = async (word: string): Promise<void> => {
    guard.ref();
    if (!guard.stdin.writableEnded) guard.stdin.end(word);
    await ended;
  };
  return {
    pid,
    kill: async () => {
      await end('keep\n');
    },
    pause: async () => {
      process.kill(pid, 'SIGSTOP');
      await until(
        () => standsStill(pid),
        STOP_LIMIT_MS,
        () => Promise.resolve(`Process ${String(pid)} did not stop`),
      );
    },
    resume: () => process.kill(pid, 'SIGCONT'),
    stop: async () => {
      await end('');
      // After `kill` the guard is gone and has left the folder.
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const STOP_LIMIT_MS = 10_000;

/**
 * Whether no thread of a process runs. A signal goes to one thread, and the others run on until it has been given a turn: on a busy machine that
 * takes a tenth of a second.
 */
async function standsStill(pid: number): Promise<boolean> {
  const tasks = `/proc/${String(pid)}/task`;
  const states = (await readdir(tasks)).map(async (task) => stateIn(await readFile(join(tasks, task, 'stat'), 'utf8')));
  return (await Promise.all(states)).every((state) => state === 'T');
}

/** The state follows the name of the program, which is in brackets and may hold some itself. */
const stateIn = (stat: string): string => stat.slice(stat.lastIndexOf(')') + 2).charAt(0);

/** The end of a server's log, for messages. */
export async function logTail(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'server.log'), 'utf8').catch(() => '(no log)');
  return text.slice(-2000);
}

async function firstLine(guard: ChildProcess): Promise<number> {
  return await new Promise<number>((resolve, reject) => {
    guard.once('error', reject);
    guard.once('close', () => {
      reject(new TestbedFailure('The guard of a test server ended at once'));
    });
    guard.stdout?.once('data', (chunk: Buffer) => {
      resolve(Number.parseInt(chunk.toString(), 10));
      const { stdin, stdout } = guard as { stdin?: { unref?: () => void }; stdout?: { unref?: () => void } };
      stdin?.unref?.();
      stdout?.unref?.();
    });
  });
}

/** What a test may do to a server that it started. */
export interface ServerControl {
  /** Ends the process at once, as `kill -9` does; its data stays. */
  kill(): Promise<void>;
  /** Ends the process if it runs, and starts it again on the same address and data. */
  restart(): Promise<void>;
  /** Stops the process where it stands (SIGSTOP): connections stay open, nothing answers. Resolves when it stands still. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends the process and removes its folder. */
  stop(): Promise<void>;
}

/** Control over a server that `launch` starts, of which `first` is the process that runs now. */
export function serverControl(first: GuardedProcess, launch: () => Promise<GuardedProcess>): ServerControl {
  let current = first;
  return {
    kill: async () => {
      await current.kill();
    },
    restart: async () => {
      await current.kill();
      current = await launch();
    },
    pause: async () => {
      await current.pause();
    },
    resume: () => {
      current.resume();
    },
    stop: async () => {
      await current.stop();
    },
  };
}
