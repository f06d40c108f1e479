import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ComponentFailed } from './errors.ts';
import { namespaceFile } from './netns.ts';
import { toolPath } from './toolchain.ts';
import type { Forward } from './types.ts';

/** Opens a port on 127.0.0.1 that leads to `target` (ADDRESS:PORT) inside the network namespace. Ends with this process. */
export async function forwardInto(options: { namespace: string; target: string }): Promise<Forward> {
  const inside = ['--netns', namespaceFile(options.namespace), '--target', options.target];
  const command = [toolPath('helper'), 'relay', '--listen', '127.0.0.1:0', ...inside];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', resolve));
  const port = await new Promise<number | undefined>((resolve) => {
    createInterface(child.stdout).once('line', (line) => {
      resolve(Number(line));
    });
    child.once('error', (error) => {
      said += error.message;
      resolve(undefined);
    });
    child.once('close', () => {
      resolve(undefined);
    });
  });
  if (port === undefined)
    throw new ComponentFailed(`The relay to ${options.target} could not be started: ${said.trim()}`);
  child.unref();
  return {
    host: '127.0.0.1',
    port,
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      // Its end must be waited for, even by a program that has nothing else to do.
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
  };
}
