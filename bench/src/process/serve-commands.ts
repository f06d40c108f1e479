import process from 'node:process';
import { createInterface } from 'node:readline';
import { BenchFailure } from '../errors.ts';

/** A command of a measured process: `gets 1000` calls `gets` with 1000. Answers with what is reported. */
export type Command = (count: number) => Promise<object>;

/**
 * The other side of `Subject`: says that it is ready, answers each line on standard input with one JSON line, and ends the process when
 * the input does.
 */
export async function serveCommands(commands: Readonly<Record<string, Command>>): Promise<void> {
  const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  say({ event: 'ready' });
  for await (const line of createInterface(process.stdin)) {
    const [name = '', count = '0'] = line.split(' ');
    const command = commands[name];
    if (command === undefined) throw new BenchFailure(`unknown command "${line}"`);
    say({ event: 'report', ...(await command(Number(count))) });
  }
  process.exit(0);
}
