import { describe, expect, it } from 'vitest';
import { answerLine } from './batch.ts';
import { jsonLine, linesOf } from './json-lines.ts';

const options = { blind: true, max: 3 };

async function* chunked(text: string, size: number): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += size) yield await Promise.resolve(text.slice(from, from + size));
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('a batch', () => {
  it('answers a row of text with its id, at most the tags asked for', () => {
    const answer = answerLine(
      JSON.stringify({
        id: 'a',
        text: 'Solar panels feed the grid. Solar panels age slowly. The grid needs storage.',
        lang: 'en',
      }),
      options,
    );
    expect(answer).toMatchObject({ id: 'a', language: 'en' });
    expect('tags' in answer ? answer.tags.map(({ tag }) => tag) : []).toContain('Solar panels');
    expect('tags' in answer ? answer.tags.length : 99).toBeLessThanOrEqual(3);
  });

  it('answers a row of HTML', () => {
    const answer = answerLine(
      JSON.stringify({
        id: 7,
        url: 'https://a.example/x',
        html: '<title>Bread baking</title><p>Bread baking takes time, and flour.',
      }),
      options,
    );
    expect(answer).toMatchObject({ id: '7', title: 'Bread baking' });
  });

  it('answers a line it cannot read with the problem and goes on', () => {
    expect(answerLine('not json', options)).toEqual({ id: null, problem: 'The line is no JSON object.' });
    expect(answerLine('[1]', options)).toEqual({ id: null, problem: 'The line is no JSON object.' });
    expect(answerLine('{"id":"b"}', options)).toEqual({
      id: 'b',
      problem: 'The object has neither "html" nor "text".',
    });
  });

  it('hides what the publisher declared when blind', () => {
    const row = JSON.stringify({
      id: 'c',
      url: '',
      html: '<meta name="keywords" content="viticulture"><p>Wine grows on slopes above the river.',
    });
    const seen = answerLine(row, { blind: false, max: 12 });
    const hidden = answerLine(row, { blind: true, max: 12 });
    expect(JSON.stringify(seen)).toContain('viticulture');
    expect(JSON.stringify(hidden)).not.toContain('viticulture');
  });
});

describe('JSON lines', () => {
  it.each([1, 2, 5, 1000])('are found whatever the size of the chunks (%i)', async (size) => {
    expect(await collect(linesOf(chunked('one\ntwo\u2028still two\n\nthree', size)))).toEqual([
      'one',
      'two\u2028still two',
      '',
      'three',
    ]);
  });

  it('carry no character that ends a line for some reader', () => {
    const line = jsonLine({ text: 'a\u2028b\u2029c\u0085d\ne' });
    expect(line.trimEnd()).not.toMatch(/[\u0085\u2028\u2029\n]/);
    expect(JSON.parse(line)).toEqual({ text: 'a\u2028b\u2029c\u0085d\ne' });
  });
});
