import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ComponentFailed } from './errors.ts';
import type { Forward } from './types.ts';

/** A program that opens a port on 127.0.0.1 and says which one on its standard output. */
export type PortProgram = {
  command: readonly string[];
  /** The port in a line of its output, if the line names it. */
  portIn: (line: string) => number | undefined;
  what: string;
  env?: NodeJS.ProcessEnv;
};

/** Starts the program and resolves once it has named its port. It ends with `close`, and with this process. */
export async function openLocalPort(wanted: PortProgram): Promise<Forward> {
  const command = ['--pdeathsig', 'KILL', ...wanted.command];
  // setpriv is Linux; elsewhere the exit handler below has to do.
  const [program = '', ...args] = process.platform === 'linux' ? ['setpriv', ...command] : wanted.command;
  const child = spawn(program, args, { env: wanted.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const end = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const ended = new Promise<void>((resolve) => child.once('close', resolve));
  const port = await new Promise<number | undefined>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const found = wanted.portIn(line);
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
  if (port === undefined) {
    process.off('exit', end);
    throw new ComponentFailed(`${wanted.what} could not be opened: ${said.trim() || 'the program ended'}`);
  }
  child.unref();
  const close = async (): Promise<void> => {
    process.off('exit', end);
    // Its end must be waited for, even by a program that has nothing else to do.
    child.ref();
    end();
    await ended;
  };
  return { host: '127.0.0.1', port, url: `http://127.0.0.1:${String(port)}`, close };
}
