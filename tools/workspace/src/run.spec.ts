import { describe, expect, it } from 'vitest';
import { elapsed, run } from './run.ts';

describe('run', () => {
  it('hands back what a command printed and how it ended', async () => {
    const finished = await run(process.execPath, ['-e', 'console.log("out"); console.error("err"); process.exit(3)'], {
      quiet: true,
    });
    expect(finished.code).toBe(3);
    expect(finished.output).toContain('out');
    expect(finished.output).toContain('err');
  });

  it('says which command could not be started', async () => {
    const finished = await run('no-such-command-here', [], { quiet: true });
    expect(finished).toEqual({ code: 127, output: expect.stringContaining('no-such-command-here') });
  });
});

describe('elapsed', () => {
  it.each([
    [0, '0.0 s'],
    [4200, '4.2 s'],
    [65_000, '1 min 05 s'],
    [600_000, '10 min 00 s'],
  ])('writes %d ms as "%s"', (ms, text) => {
    expect(elapsed(0, ms)).toBe(text);
  });
});
