import { exec } from '@tagservice/cluster';

/** How to run a program; `env` is added to the environment of this process. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the program is ended. */
  readonly timeoutMs?: number;
  /** Receives each line of both outputs while the program runs; the answer is then empty. */
  readonly onLine?: (line: string) => void;
}

/** Sends the standard output of a program where its errors go, so that both arrive line by line. */
const merged = ['sh', '-c', 'exec "$@" >&2', 'sh'] as const;

/** Runs a program and answers with its standard output; throws the cluster package's `CommandFailed` on any other end than status 0. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { env, onLine, ...rest } = options;
  const environment = { env: { ...process.env, ...env } };
  if (onLine === undefined) return (await exec(command, args, { ...rest, ...environment })).stdout;
  const [shell, ...prefix] = merged;
  return (await exec(shell, [...prefix, command, ...args], { ...rest, ...environment, onLine })).stdout;
}

/** Whether a program is on the search path and answers to `args` with status 0 within 5 s. */
export async function answers(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, args, { timeoutMs: 5000 });
    return true;
  } catch {
    return false;
  }
}
