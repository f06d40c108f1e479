import { describe, expect, it } from 'vitest';
import { readArguments, usage } from './cli-options.ts';

describe('the arguments of the command line', () => {
  it('ask for a batch', () => {
    expect(readArguments(['--batch'])).toEqual({ kind: 'batch', blind: false, max: undefined });
    expect(readArguments(['--batch', '--blind', '--max', '15'])).toEqual({ kind: 'batch', blind: true, max: 15 });
  });

  it('ask for help before anything else', () => {
    expect(readArguments(['--help', '--learn'])).toEqual({ kind: 'help' });
    for (const flag of ['--batch', '--blind', '--max']) expect(usage).toContain(flag);
  });

  it.each([
    [['--max', '0', '--batch'], '--max wants a whole number from 1 to 100, got "0".'],
    [['--max', 'many'], '--max wants a whole number from 1 to 100, got "many".'],
    [['--max'], '--max wants a whole number from 1 to 100, got "".'],
    [['--batch', '--fast'], 'Unknown argument "--fast"'],
    [['--batch', '--learn'], '--learn is refused'],
    [[], 'Say --batch'],
  ])('are refused with the remedy: %j', (args, problem) => {
    const command = readArguments(args);
    expect(command.kind).toBe('refused');
    expect(command).toMatchObject({ problem: expect.stringContaining(problem) as string });
  });
});
