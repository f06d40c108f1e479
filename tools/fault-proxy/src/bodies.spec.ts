import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf, readAll } from './bodies.ts';
import { BackendError } from './errors.ts';

const collect = async (chunks: readonly Buffer[]): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks))) lines.push(line.toString('utf8'));
  return lines;
};

describe('a body', () => {
  it('is cut into its lines, wherever the network cut it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.array(fc.integer({ min: 1, max: 9 })),
        async (texts, sizes) => {
          const whole = Buffer.from(texts.map((text) => text.replaceAll('\n', '')).join('\n'));
          const chunks: Buffer[] = [];
          for (let at = 0, i = 0; at < whole.length; i += 1) {
            const size = sizes[i % Math.max(1, sizes.length)] ?? 3;
            chunks.push(whole.subarray(at, at + size));
            at += size;
          }
          const lines = await collect(chunks);
          expect(lines.join('')).toBe(whole.toString('utf8'));
          expect(
            lines.slice(0, -1).every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1),
          ).toBe(true);
        },
      ),
    );
  });

  it('that ends within a line comes with what there is of it', async () => {
    expect(await collect([Buffer.from('{"a":1}\n{"b"')])).toEqual(['{"a":1}\n', '{"b"']);
  });

  it('is refused beyond its limit', async () => {
    await expect(readAll(Readable.from([Buffer.alloc(6), Buffer.alloc(6)]), 10)).rejects.toThrow(BackendError);
    expect(await readAll(Readable.from([Buffer.from('ab'), Buffer.from('c')]), 3)).toEqual(Buffer.from('abc'));
  });
});
