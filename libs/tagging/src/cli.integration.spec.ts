import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Ended = { code: number | null; stdout: string; stderr: string };

const run = async (args: readonly string[], input = ''): Promise<Ended> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args]);
    const ended = { code: null as number | null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (ended.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (ended.stderr += chunk));
    child.once('close', (code) => {
      done({ ...ended, code });
    });
    child.stdin.on('error', () => undefined).end(input);
  });

describe('the command line of the tagger', () => {
  it('answers a batch line by line in order, and goes on after a bad line', async () => {
    const rows = [
      { id: 'one', text: 'Peat bogs store carbon. Peat bogs are wet.', lang: 'en' },
      {
        id: 'two',
        url: 'https://a.example/',
        html: '<title>Wind farms</title><p>Wind farms stand off the coast, where the air is steady.',
      },
    ];
    const { code, stdout, stderr } = await run(
      ['--batch', '--max', '2'],
      `${JSON.stringify(rows[0])}\nnonsense\n\n${JSON.stringify(rows[1])}`,
    );
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string | null; tags?: { tag: string }[] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(answers.map(({ id }) => id)).toEqual(['one', null, 'two']);
    expect(answers[0]?.tags?.[0]?.tag).toBe('Peat bogs');
    expect(answers[2]?.tags?.[0]?.tag).toBe('Wind farms');
  });

  it('takes a page of a megabyte in one line', async () => {
    const html = `<main>${'<p>Granite quarries scar the hills, and granite is heavy.</p>'.repeat(18_000)}</main>`;
    const { code, stdout } = await run(['--batch'], JSON.stringify({ id: 'big', html }));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'big',
      tags: expect.arrayContaining([expect.objectContaining({ tag: 'granite' })]) as unknown,
    });
  });

  it('explains itself', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--batch') as string,
      stderr: '',
    });
  });

  it.each([
    ['no arguments', [], 'Say --batch'],
    ['an unknown argument', ['--batch', '--fast'], 'Unknown argument "--fast"'],
    ['learning, which it cannot', ['--batch', '--learn'], '--learn is refused'],
  ])('refuses %s with the remedy and the exit code of bad usage', async (_name, args, problem) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(problem);
  });
});
