import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeDeadLetter, decodeTagOutcome, decodeTagRequest, encodeMessage, type Decoded } from './decode.ts';
import { messageFormats, readableVersions, type MessageFormat } from './message-formats.ts';
import type { DeadLetter, TagOutcome, TagRequest } from './messages.ts';

const folder = new URL('../test/golden/', import.meta.url);

interface Kind {
  /** How its golden files begin. */
  readonly name: string;
  readonly format: MessageFormat<unknown>;
  readonly decode: (value: Uint8Array | null) => Decoded<TagRequest | TagOutcome | DeadLetter>;
}

const kinds: readonly Kind[] = [
  { name: 'request', format: messageFormats.request, decode: decodeTagRequest },
  { name: 'outcome', format: messageFormats.outcome, decode: decodeTagOutcome },
  { name: 'dead-letter', format: messageFormats.deadLetter, decode: decodeDeadLetter },
];

/** What a release wrote, byte for byte: `KIND[.CASE].vN.json`. These files are only ever added. */
const golden = readdirSync(folder).map((file) => {
  const [name = '', ...rest] = file.split('.');
  const version = Number(rest.at(-2)?.slice(1));
  const kind = kinds.find((one) => one.name === name);
  if (kind === undefined || !(version >= 1)) throw new Error(`${file} is no golden file`);
  return { file, kind, version, bytes: readFileSync(new URL(file, folder)) };
});

describe('messages of other releases', () => {
  it.each(kinds)('of the kind $name: there is a golden file of every version that is read', ({ name, format }) => {
    const versions = new Set(golden.filter(({ kind }) => kind.name === name).map(({ version }) => version));
    for (const version of readableVersions(format)) expect(versions).toContain(version);
  });

  const read = golden.filter(({ kind, version }) => readableVersions(kind.format).includes(version));

  it.each(read)('$file is read, as a message of the current version with all that it said', ({ bytes, kind }) => {
    const decoded = kind.decode(bytes);
    expect(decoded).toMatchObject({ ok: true });
    const said = JSON.parse(bytes.toString()) as object;
    expect(decoded).toMatchObject({ message: { ...said, version: kind.format.version } });
  });

  const current = golden.filter(({ kind, version }) => version === kind.format.version);

  it.each(current)('$file is what this release writes, to the byte: another format needs another version', (one) => {
    const decoded = one.kind.decode(one.bytes);
    if (!decoded.ok) throw new Error(decoded.detail);
    expect(encodeMessage(decoded.message)).toBe(one.bytes.toString());
  });

  it.each(kinds)(
    'of the kind $name from a release after this one are refused by their version alone',
    ({ name, format, decode }) => {
      const { bytes } = golden.find(({ kind }) => kind.name === name)!;
      const said = JSON.parse(bytes.toString()) as object;
      for (const version of [format.version + 1, 99, 0, -1, 1.5, 1e300]) {
        const decoded = decode(Buffer.from(JSON.stringify({ ...said, version })));
        expect(decoded).toMatchObject({ ok: false, problem: 'MESSAGE_VERSION' });
      }
    },
  );

  it('only the version before the current one is read beside it, and versions begin with 1', () => {
    expect(readableVersions({ version: 1 })).toEqual([1]);
    expect(readableVersions({ version: 2 })).toEqual([1, 2]);
    expect(readableVersions({ version: 7 })).toEqual([6, 7]);
  });
});

describe('a dead letter of version 1', () => {
  it('counts what it holds as all there was', () => {
    const { bytes } = golden.find(({ file }) => file === 'dead-letter.v1.json')!;
    expect(decodeDeadLetter(bytes)).toMatchObject({ ok: true, message: { value: 'AP+A', valueBytes: 3 } });
  });

  it.each(['{"version":1}', '{"version":1,"value":7}', '{"version":1,"value":{"length":1e9}}'])(
    'that is none (%s) is poison, not a crash',
    (text) => {
      expect(decodeDeadLetter(Buffer.from(text))).toMatchObject({ ok: false, problem: 'MESSAGE_SHAPE' });
    },
  );
});
