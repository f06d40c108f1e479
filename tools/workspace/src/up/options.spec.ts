import { describe, expect, it } from 'vitest';
import { parseUpOptions, UpUsageError, usage } from './options.ts';

describe('the command line of up and down', () => {
  it('needs nothing: a cluster called tagservice, made where it can be made', () => {
    expect(parseUpOptions(['up'])).toEqual({
      verb: 'up',
      name: 'tagservice',
      provider: undefined,
      context: undefined,
      nodes: undefined,
      help: false,
    });
  });

  it('takes name, provider and nodes', () => {
    const options = parseUpOptions(['down', '--name', 'two', '--provider', 'kind', '--nodes', '3']);
    expect(options).toMatchObject({ verb: 'down', name: 'two', provider: 'kind', nodes: 3 });
  });

  it('takes a context of the user', () => {
    expect(parseUpOptions(['up', '--context', 'prod'])).toMatchObject({ context: 'prod', provider: undefined });
  });

  it.each([
    [['sideways'], 'neither up nor down'],
    [['up', '--nodes', '0'], 'whole number from 1 to 9'],
    [['up', '--nodes', 'many'], 'whole number from 1 to 9'],
    [['up', '--provider', 'minikube'], 'embedded and kind'],
    [['up', '--context', 'x', '--provider', 'kind'], 'leave out --provider'],
    [['up', '--colour'], '--colour'],
    [['up', 'now'], 'now'],
  ])('refuses %j and says why', (args, why) => {
    expect(() => parseUpOptions(args)).toThrow(UpUsageError);
    expect(() => parseUpOptions(args)).toThrow(why);
  });

  it('documents every option that it takes', () => {
    for (const option of ['--name', '--provider', '--nodes', '--context', '--help']) expect(usage).toContain(option);
  });
});
