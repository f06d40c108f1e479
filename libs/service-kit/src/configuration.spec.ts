import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigurationError, configureOrExit, parseEnvironment, readSecret, variable } from './configuration.ts';
import {
  integerField,
  listField,
  millisecondsField,
  optionalField,
  portField,
  ratioField,
  textField,
} from './fields.ts';

const schema = z.object({
  HTTP_PORT: portField(8080),
  DEADLINE_MS: millisecondsField(5000, 1),
  RATIO: ratioField(0.05),
  BROKERS: listField('Set KAFKA brokers as host:port,host:port.', true),
  NETWORKS: listField('Set CIDR ranges.'),
  NAME: textField('Set a name.', 'tagservice'),
  PASSWORD: variable(z.string().min(8, 'is too short').optional(), { remedy: 'Set a longer one.', secret: true }),
});

const good = { BROKERS: 'a:9092, b:9092' };

function failure(read: () => unknown): ConfigurationError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('the environment of a process', () => {
  it('is parsed with defaults for what is unset', () => {
    expect(parseEnvironment(schema, good)).toEqual({
      HTTP_PORT: 8080,
      DEADLINE_MS: 5000,
      RATIO: 0.05,
      BROKERS: ['a:9092', 'b:9092'],
      NETWORKS: [],
      NAME: 'tagservice',
      PASSWORD: undefined,
    });
  });

  it('treats an empty variable as unset', () => {
    expect(parseEnvironment(schema, { ...good, HTTP_PORT: '', NAME: '' })).toMatchObject({
      HTTP_PORT: 8080,
      NAME: 'tagservice',
    });
  });

  it('names variable, value and remedy of everything that is wrong, at once', () => {
    const error = failure(() => parseEnvironment(schema, { HTTP_PORT: '80a', RATIO: '1.5', DEADLINE_MS: '0' }));
    expect(error.message).toBe(
      [
        'The configuration is not usable:',
        '  HTTP_PORT: is not a whole number from 0 to 65535 (a TCP port; 0 for any free one) (found "80a"). ' +
          'Set a whole number from 0 to 65535 (a TCP port; 0 for any free one); unset means 8080.',
        '  DEADLINE_MS: is not a whole number from 1 to 2592000000 milliseconds (found "0"). ' +
          'Set a whole number from 1 to 2592000000 milliseconds; unset means 5000.',
        '  RATIO: is not a number from 0 to 1 (found "1.5"). Set a number from 0 to 1; unset means 0.05.',
        '  BROKERS: is required and not set. Set KAFKA brokers as host:port,host:port.',
      ].join('\n'),
    );
  });

  it('never prints the value of a secret', () => {
    const error = failure(() => parseEnvironment(schema, { ...good, PASSWORD: 'hunter2' }));
    expect(error.message).toContain('PASSWORD: is too short. Set a longer one.');
    expect(error.message).not.toContain('hunter2');
  });

  it('refuses a list that has only commas where an item is required', () => {
    expect(failure(() => parseEnvironment(schema, { BROKERS: ' , ,' })).message).toContain('BROKERS: has no item');
  });

  it('takes every whole number within bounds and no other', () => {
    const only = z.object({ COUNT: integerField({ min: -5, max: 300, fallback: 1 }) });
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), (count) => {
        const read = () => parseEnvironment(only, { COUNT: String(count) });
        if (count < -5 || count > 300) expect(failure(read).issues).toHaveLength(1);
        else expect(read()).toEqual({ COUNT: count });
      }),
    );
  });

  it.each(['1e3', '0x10', ' 5', '5.0', 'Infinity', 'NaN', '５'])('does not read %j as a number', (text) => {
    const only = z.object({ COUNT: integerField({ min: 0, max: 10_000, fallback: 1 }) });
    expect(failure(() => parseEnvironment(only, { COUNT: text })).issues[0]?.variable).toBe('COUNT');
  });

  it('knows optional variables', () => {
    const only = z.object({ ENDPOINT: optionalField('Set a URL.') });
    expect(parseEnvironment(only, {})).toEqual({ ENDPOINT: undefined });
  });
});

describe('a secret', () => {
  it('is read from its file without the trailing newline', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secret-'));
    try {
      const file = join(folder, 'password');
      writeFileSync(file, 'swordfish\n');
      expect(readSecret({ fileVariable: 'PASSWORD_FILE', file, value: 'ignored' })).toBe('swordfish');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('falls back to the value, or to nothing', () => {
    expect(readSecret({ fileVariable: 'F', file: undefined, value: 'v' })).toBe('v');
    expect(readSecret({ fileVariable: 'F', file: undefined, value: undefined })).toBeUndefined();
  });

  it('whose file is missing is a configuration error that names the variable', () => {
    const error = failure(() =>
      readSecret({ fileVariable: 'PASSWORD_FILE', file: '/nowhere/at/all', value: undefined }),
    );
    expect(error.issues[0]).toMatchObject({ variable: 'PASSWORD_FILE', value: '/nowhere/at/all' });
  });
});

describe('a process with a bad configuration', () => {
  class Exited extends Error {}

  function host(env: Record<string, string>) {
    const seen = { text: '', code: -1 };
    return {
      seen,
      env,
      stderr: { write: (text: string) => (seen.text += text) },
      exit(code: number): never {
        seen.code = code;
        throw new Exited();
      },
    };
  }

  it('says what is wrong and exits with 78', () => {
    const process = host({ RATIO: '7' });
    expect(() => configureOrExit((env) => parseEnvironment(schema, env), process)).toThrow(Exited);
    expect(process.seen.code).toBe(78);
    expect(process.seen.text).toMatch(/RATIO: .*\n/);
  });

  it('runs when all is well', () => {
    const process = host(good);
    expect(configureOrExit((env) => parseEnvironment(schema, env).HTTP_PORT, process)).toBe(8080);
    expect(process.seen.code).toBe(-1);
  });
});
