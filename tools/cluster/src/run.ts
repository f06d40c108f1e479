import { spawn } from 'node:child_process';
import { CommandFailed, PrerequisiteMissing } from './errors.ts';
import type { RunOptions, RunResult } from './types.ts';

/** RunOptions and what only this package's own calls need. */
export type ExecOptions = RunOptions & {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  onLine?: (line: string) => void;
  keepInput?: boolean;
};

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Runs a program to its end. No shell is involved: every argument arrives as it is. */
export async function exec(program: string, args: readonly string[], options: ExecOptions = {}): Promise<RunResult> {
  const result = await collect(program, args, options);
  if (result.exitCode !== 0 && options.allowFailure !== true)
    throw new CommandFailed([program, ...args].join(' '), result);
  return result;
}

function inputOf(options: ExecOptions): 'inherit' | 'ignore' | 'pipe' {
  if (options.keepInput === true) return 'inherit';
  return options.input === undefined ? 'ignore' : 'pipe';
}

function collect(program: string, args: readonly string[], options: ExecOptions): Promise<RunResult> {
  const inherit = options.output === 'inherit';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [inputOf(options), inherit ? 'inherit' : 'pipe', inherit ? 'inherit' : 'pipe'],
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      err.push(chunk);
      for (const line of chunk.toString().split('\n')) if (line && options.onLine) options.onLine(line);
    });
    // A program that ends without reading its input is judged by its exit code, not by the broken pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
    child.on('error', (error) => {
      const where = options.cwd === undefined ? '' : ` in ${options.cwd}`;
      reject(
        isMissing(error)
          ? new PrerequisiteMissing(`The program "${program}" is not there${where}.`, undefined, { cause: error })
          : error,
      );
    });
    child.on('close', (code, signal) => {
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString();
      resolve({ exitCode: code ?? (signal === null ? 1 : 128), stdout: text(out), stderr: text(err) });
    });
  });
}

/** Standard output of a program, without the line end. */
export async function outputOf(program: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  return (await exec(program, args, options)).stdout.trim();
}

/** True when the program ends with 0; false also when it is not there. */
export async function succeeds(program: string, args: readonly string[], options: ExecOptions = {}): Promise<boolean> {
  try {
    return (await exec(program, args, { ...options, allowFailure: true })).exitCode === 0;
  } catch {
    return false;
  }
}
