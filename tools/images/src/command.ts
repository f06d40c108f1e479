import { spawn } from 'node:child_process';

/** A program ended badly or could not be started. The message carries the end of what it wrote to standard error. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly command: string;
  readonly exitCode: number | undefined;

  constructor(command: string, exitCode: number | undefined, detail: string) {
    super(
      `${command} ${exitCode === undefined ? 'could not be run' : `ended with status ${String(exitCode)}`}: ${detail.trim()}`,
    );
    this.command = command;
    this.exitCode = exitCode;
  }
}

/** How to run a program; nothing given means: here, with this environment, no input, no limit. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds after which the program is ended. */
  readonly timeoutMs?: number;
  /** Receives each line of both outputs while the program runs. */
  readonly onLine?: (line: string) => void;
}

const keptOfStandardError = 4000;

/** Calls `deliver` once per complete line of a stream of chunks. */
export function lineSplitter(deliver: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) deliver(line);
  };
}

/** Runs a program and answers with its standard output; throws `CommandFailed` on any other end than status 0. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const title = [command, ...args.slice(0, 3)].join(' ');
  const signals = [
    options.signal,
    options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs),
  ];
  const given = signals.filter((one): one is AbortSignal => one !== undefined);
  return await new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(given.length === 0 ? {} : { signal: AbortSignal.any(given) }),
    });
    let out = '';
    let error = '';
    const tell = options.onLine;
    const outLines = tell && lineSplitter(tell);
    const errorLines = tell && lineSplitter(tell);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      outLines?.(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      error = (error + chunk).slice(-keptOfStandardError);
      errorLines?.(chunk);
    });
    child.on('error', (cause) => {
      reject(new CommandFailed(title, undefined, cause.message));
    });
    child.on('close', (code, signalName) => {
      if (code === 0) resolve(out);
      else
        reject(
          new CommandFailed(
            title,
            code ?? undefined,
            error || out.slice(-keptOfStandardError) || `signal ${signalName ?? '?'}`,
          ),
        );
    });
  });
}

/** Whether a program is on the search path and answers to `args` with status 0. */
export async function answers(command: string, args: readonly string[], timeoutMs = 5000): Promise<boolean> {
  try {
    await run(command, args, { timeoutMs });
    return true;
  } catch {
    return false;
  }
}
