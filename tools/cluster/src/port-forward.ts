import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ComponentFailed } from './errors.ts';
import type { Forward } from './types.ts';

/** Reads the local port out of a line of `kubectl port-forward`. */
export function forwardedPort(line: string): number | undefined {
  const match = /^Forwarding from 127\.0\.0\.1:(\d+) /.exec(line);
  return match === null ? undefined : Number(match[1]);
}

/** Opens a port on 127.0.0.1 by `kubectl port-forward` (the way into a cluster that is somewhere else). */
export async function portForward(kubectl: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Forward> {
  const child = spawn(kubectl, ['port-forward', '--address=127.0.0.1', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const end = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const ended = new Promise<void>((resolve) => child.once('close', resolve));
  const port = await new Promise<number | undefined>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const found = forwardedPort(line);
      if (found !== undefined) resolve(found);
    });
    child.once('error', (error) => {
      said += error.message;
      resolve(undefined);
    });
    child.once('close', () => {
      resolve(undefined);
    });
  });
  if (port === undefined) throw new ComponentFailed(`kubectl port-forward ended: ${said.trim()}`);
  child.unref();
  return {
    host: '127.0.0.1',
    port,
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      // Its end must be waited for, even by a program that has nothing else to do.
      child.ref();
      process.off('exit', end);
      end();
      await ended;
    },
  };
}
