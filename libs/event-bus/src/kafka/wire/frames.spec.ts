import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedAnswer } from './errors.ts';
import { FrameSplitter } from './frames.ts';

const framed = (content: Uint8Array): Buffer => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(content.length);
  return Buffer.concat([size, content]);
};

describe('a stream of answers', () => {
  it('is cut into the same answers, however it arrives in pieces', () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 10 });
    fc.assert(
      fc.property(contents, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (answers, cuts) => {
        const stream = Buffer.concat(answers.map(framed));
        const splitter = new FrameSplitter();
        const found: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1;
          found.push(...splitter.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(found.map((frame) => frame.toString('hex'))).toEqual(
          answers.map((answer) => Buffer.from(answer).toString('hex')),
        );
      }),
    );
  });

  it.each([
    ['a TLS alert, read as a length', '15030300020250'],
    ['an HTTP answer', Buffer.from('HTTP/1.1 400 Bad Request').toString('hex')],
    ['a negative length', 'ffffffff'],
  ])('is given up with a hint: %s', (_name, hex) => {
    expect(() => new FrameSplitter().push(Buffer.from(hex, 'hex'))).toThrow(MalformedAnswer);
    expect(() => new FrameSplitter().push(Buffer.from(hex, 'hex'))).toThrow(/does it speak TLS/);
  });
});
