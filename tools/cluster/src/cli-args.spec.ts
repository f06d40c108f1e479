import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flags, helpText, parseCommand, verbs, type Request, type Verb } from './cli-args.ts';
import { UsageError } from './errors.ts';

const request = (...argv: string[]): Request => {
  const parsed = parseCommand(argv);
  if ('help' in parsed) throw new Error('it asked for help');
  return parsed;
};
const complaint = (...argv: string[]): string => {
  try {
    parseCommand(argv);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error('it was accepted');
};

describe('the command line', () => {
  it('means the embedded cluster "dev" with pods where nothing else is said', () => {
    expect(request('up')).toMatchObject({ verb: 'up', name: 'dev', provider: 'embedded', profile: 'full' });
    expect(request('up').nodes).toBeUndefined();
  });

  it('takes every flag of up, in either form', () => {
    const asked = request(
      'up',
      '--name=a',
      '--provider',
      'embedded',
      '--profile',
      'api',
      '--nodes=3',
      '--with-controller-manager',
    );
    expect(asked).toMatchObject({ name: 'a', profile: 'api', nodes: 3, controllerManager: true });
  });

  it('takes flags before the verb as well', () => {
    expect(request('--name', 'other', 'status', '--json')).toMatchObject({ verb: 'status', name: 'other', json: true });
  });

  it('passes the files of load and the command of shell on as they are', () => {
    expect(request('load', 'a.tar', 'b.tar').operands).toEqual(['a.tar', 'b.tar']);
    expect(request('shell', '--node', 'node-1', '--', 'ip', '--brief', 'addr')).toMatchObject({
      node: 'node-1',
      operands: ['ip', '--brief', 'addr'],
    });
  });

  it.each([
    [['frob'], 'There is no verb "frob"', 'up, down, status'],
    [['up', '--frob'], '--frob', '--help'],
    [['up', '--nodes', '0'], '--nodes cannot be "0"', 'from 1 to 9'],
    [['up', '--nodes', 'three'], '--nodes cannot be "three"', 'from 1 to 9'],
    [['up', '--profile', 'half'], '--profile cannot be "half"', 'full, api'],
    [['up', '--provider', 'cloud'], '--provider cannot be "cloud"', 'embedded, kind, context'],
    [['up', 'dev'], '"up" cannot use "dev"', 'Usage: npm run cluster -- up'],
    [['status', '--nodes', '2'], '--nodes means nothing to "status"', 'up, check'],
    [['load'], '"load" needs FILE...', 'Usage: npm run cluster -- load FILE...'],
    [['stop-node', 'node-0', 'node-1'], 'cannot use "node-1"', 'stop-node NODE'],
  ])('refuses %j with what is wrong and what is possible', (argv, wrong, possible) => {
    expect(complaint(...argv)).toContain(wrong);
    expect(complaint(...argv)).toContain(possible);
  });

  it('ends in a request, help or a usage error, whatever is typed', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...Object.keys(verbs), ...Object.keys(flags).map((flag) => `--${flag}`)),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
        try {
          return typeof parseCommand(argv) === 'object';
        } catch (error) {
          return error instanceof UsageError;
        }
      }),
    );
  });
});

describe('the help', () => {
  it('is shown without a verb, and by -h', () => {
    expect(parseCommand([])).toEqual({ help: 'all' });
    expect(parseCommand(['load', '-h'])).toEqual({ help: 'load' });
    expect(parseCommand(['help', 'down'])).toEqual({ help: 'down' });
  });

  it('names every verb and every flag', () => {
    const text = helpText('all');
    for (const verb of Object.keys(verbs)) expect(text).toContain(`\n  ${verb}`);
    for (const flag of Object.keys(flags)) expect(text).toContain(`--${flag}`);
  });

  it.each(Object.keys(verbs) as Verb[])('of %s shows only flags that mean something to it', (verb) => {
    const text = helpText(verb);
    for (const [flag, { only }] of Object.entries(flags)) {
      const meant = only === undefined || (only as readonly string[]).includes(verb);
      expect(new RegExp(`--${flag}\\b(?!-)`).test(text), `--${flag}`).toBe(meant);
    }
  });
});
