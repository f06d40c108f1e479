import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TestbedFailure } from './errors.ts';

const execute = promisify(execFile);

/** Runs a program to its end and answers with its output. */
export async function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<string> {
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const { stdout } = await execute(program, args, { timeout: timeoutMs, env, maxBuffer: 16_777_216 });
    return stdout;
  } catch (error) {
    const detail = error instanceof Error ? error.message.slice(-2000) : String(error);
    throw new TestbedFailure(`${program} ${args.slice(0, 2).join(' ')}: ${detail}`, { cause: error });
  }
}

/** Whether a program is on the search path. */
export async function hasProgram(program: string): Promise<boolean> {
  try {
    await execute('/bin/sh', ['-c', 'command -v "$1"', 'sh', program]);
    return true;
  } catch {
    return false;
  }
}

/** Makes a program available from a Debian package; its service, if it has one, is not started. */
export async function ensureProgram(program: string, debianPackage: string): Promise<void> {
  if (await hasProgram(program)) return;
  if (process.getuid?.() !== 0 || !(await hasProgram('apt-get'))) {
    throw new TestbedFailure(
      `${program} is missing. Install it (on Debian: apt-get install ${debianPackage}) and try again.`,
    );
  }
  await runProgram('apt-get', ['update', '-qq'], 120_000);
  await runProgram('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], 300_000);
}
