import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HarnessError } from '../errors.ts';
import { imageEnvironment, nodeFlags } from './entrypoint.ts';

describe('the flags of an image', () => {
  it('are what stands between node and the script', () => {
    expect(nodeFlags('FROM x\nENTRYPOINT ["node", "main.js"]\n')).toEqual([]);
    expect(nodeFlags('ENTRYPOINT ["node", "--max-semi-space-size=1", "main.js"]')).toEqual(['--max-semi-space-size=1']);
  });

  it('are not guessed', () => {
    expect(() => nodeFlags('FROM x\n')).toThrow(HarnessError);
    expect(() => nodeFlags('ENTRYPOINT ["/bin/sh"]')).toThrow(HarnessError);
  });

  it('are found in the Dockerfile of the operator', () => {
    const dockerfile = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8');
    expect(nodeFlags(dockerfile).every((flag) => flag.startsWith('--'))).toBe(true);
  });
});

describe('the environment of an image', () => {
  it('is what its ENV lines say', () => {
    expect(imageEnvironment('FROM x\nENV A=1 B=two\nRUN y\nENV C=3\n')).toEqual({ A: '1', B: 'two', C: '3' });
    expect(imageEnvironment('FROM x\n')).toEqual({});
  });
});
