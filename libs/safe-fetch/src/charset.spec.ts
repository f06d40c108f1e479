import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, parseContentType } from './charset.ts';

const bytes = (...values: (number | string)[]): Uint8Array =>
  Buffer.concat(
    values.map((value) => (typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from([value]))),
  );

describe('the text of a page', () => {
  it('is read as its byte order mark says, before anything else', () => {
    expect(decodeText(bytes(0xef, 0xbb, 0xbf, 0xc3, 0xa9), 'iso-8859-1')).toBe('é');
    expect(decodeText(Buffer.from('\ufeffgrüße', 'utf16le'), 'utf-8')).toBe('grüße');
  });

  it.each([
    ['iso-8859-1', bytes('caf', 0xe9), 'café'],
    ['windows-1251', bytes(0xcf, 0xf0, 0xe8), 'При'],
    ['shift_jis', bytes(0x93, 0xfa, 0x96, 0x7b), '日本'],
    ['gbk', bytes(0xd6, 0xd0), '中'],
    ['euc-kr', bytes(0xc7, 0xd1), '한'],
  ])('is read as the header says (%s)', (charset, body, text) => {
    expect(decodeText(body, charset)).toBe(text);
  });

  it.each([
    '<meta charset="iso-8859-2">',
    '<META CHARSET=iso-8859-2>',
    '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-2">',
  ])('is read as %s says', (meta) => {
    expect(decodeText(bytes(meta, 0xb1), undefined)).toBe(`${meta}ą`);
  });

  it('that claims UTF-16 in ASCII letters is UTF-8', () => {
    expect(decodeText(Buffer.from('<meta charset="utf-16">é'), undefined)).toContain('é');
  });

  it('with an unknown label, or none, is UTF-8 if it can be and windows-1252 otherwise', () => {
    expect(decodeText(Buffer.from('naïve'), 'klingon')).toBe('naïve');
    expect(decodeText(bytes('na', 0xef, 've ', 0x80), undefined)).toBe('naïve €');
  });

  it('never throws, whatever the bytes and the label', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.option(fc.string(), { nil: undefined }), (body, label) => {
        expect(typeof decodeText(body, label)).toBe('string');
      }),
    );
  });
});

describe('a content type', () => {
  it.each([
    ['text/html', { type: 'text/html' }],
    ['Text/HTML; Charset="UTF-8"', { type: 'text/html', charset: 'utf-8' }],
    ['text/html;charset=gb2312; boundary=x', { type: 'text/html', charset: 'gb2312' }],
    [';', { type: '' }],
    [undefined, { type: '' }],
  ])('%j is read', (header, expected) => {
    expect(parseContentType(header)).toEqual(expected);
  });
});
