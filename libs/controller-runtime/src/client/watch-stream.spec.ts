import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigMap } from '../api/builtin.ts';
import { configMap, line } from '../testing/scripted-server.ts';
import type { WatchEvent } from './client.ts';
import { readWatch } from './watch-stream.ts';

async function read(chunks: (string | Buffer)[]): Promise<WatchEvent<ConfigMap>[]> {
  const events: WatchEvent<ConfigMap>[] = [];
  const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const event of readWatch<ConfigMap>(body, 'GET /watch')) events.push(event);
  return events;
}

const lines = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => line('MODIFIED', configMap('a', index)));

describe('the stream of a watch', () => {
  it('says the same wherever it is cut into pieces', async () => {
    const whole = Buffer.from(`${line('ADDED', configMap('ä', 1, { data: { a: '👋' } }))}\n${lines(2).join('')}`);
    const expected = await read([whole]);
    expect(expected).toHaveLength(3);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length)), async (cuts) => {
        const ends = [...cuts.toSorted((one, other) => one - other), whole.length];
        const pieces = ends.map((end, index) => whole.subarray(index === 0 ? 0 : ends[index - 1], end));
        expect(await read(pieces)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('ends with an error at a line that was cut off, after the whole ones before it', async () => {
    const [first = ''] = lines(1);
    const seen: string[] = [];
    const body = Readable.from([Buffer.from(first + first.slice(0, 30))]);
    const reading = (async () => {
      for await (const { type } of readWatch<ConfigMap>(body, 'GET /watch')) seen.push(type);
    })();
    await expect(reading).rejects.toThrow('ended within a line');
    expect(seen).toEqual(['MODIFIED']);
  });
});
