import { spawn } from 'node:child_process';
import { workspaceRoot } from './paths.ts';

/** How a child process ended and, where asked for, what it printed. */
export interface Finished {
  readonly code: number;
  readonly output: string;
}

export interface RunOptions {
  /** Also keep what the command prints (it is still shown). */
  readonly keep?: boolean;
  /** Show nothing of what the command prints. */
  readonly quiet?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command in the workspace root, showing its output as it comes. Never rejects: a command that cannot start ends with 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const kept: Buffer[] = [];
  const piped = options.keep === true || options.quiet === true;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: workspaceRoot,
      env: options.env ?? process.env,
      stdio: piped ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    const collect = (show: NodeJS.WriteStream) => (chunk: Buffer) => {
      kept.push(chunk);
      if (!options.quiet) show.write(chunk);
    };
    child.stdout?.on('data', collect(process.stdout));
    child.stderr?.on('data', collect(process.stderr));
    child.on('error', (error) => {
      resolve({ code: 127, output: `${command}: ${error.message}` });
    });
    child.on('close', (code, signal) => {
      resolve({ code: code ?? (signal ? 130 : 1), output: Buffer.concat(kept).toString('utf8') });
    });
  });
}

/** Seconds since `started` (a `performance.now()`), for people: `4.2 s`, `3 min 05 s`. */
export function elapsed(started: number, now = performance.now()): string {
  const seconds = (now - started) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
