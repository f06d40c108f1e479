import { describe, expect, it } from 'vitest';
import { UsageError } from './errors.ts';
import { parseOptions, usage } from './options.ts';

const suites = [
  { name: 'plans', summary: 'all' },
  { name: 'rights', summary: 'roles' },
];
const parse = (...args: string[]) => parseOptions(args, suites);

describe('the command line', () => {
  it('plays every plan, a minute at rest, when nothing is said', () => {
    expect(parse()).toEqual({
      suite: 'plans',
      plans: undefined,
      seed: 1,
      only: [],
      jobs: 4,
      restMs: 60_000,
      table: undefined,
      services: undefined,
      help: false,
    });
  });

  it('takes numbers, names and repetitions', () => {
    expect(
      parse('--plans', '45', '--seed', '7', '--jobs', '2', '--rest', '10', '--only', 'a', '--only', 'b'),
    ).toMatchObject({
      plans: 45,
      seed: 7,
      jobs: 2,
      restMs: 10_000,
      only: ['a', 'b'],
    });
    expect(parse('--suite', 'rights').suite).toBe('rights');
    expect(parse('--table', 'create').table).toBe('create');
  });

  it('says what cannot be used', () => {
    expect(() => parse('--plans', 'many')).toThrow('--plans many: give a whole number from 1');
    expect(() => parse('--jobs', '0')).toThrow(UsageError);
    expect(() => parse('--suite', 'none')).toThrow('there is no such suite');
    expect(() => parse('--table', 'none')).toThrow('the runs are create');
    expect(() => parse('--else')).toThrow(UsageError);
  });

  it('explains itself with every suite and every run', () => {
    const text = usage(suites);
    for (const word of ['rights', 'recreate', '--seed', 'N passed, N failed']) expect(text).toContain(word);
  });
});
