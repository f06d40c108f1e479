import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotAsciiSource, inAscii } from './ascii-source.ts';

const run = (code: string): unknown => (0, eval)(code);

describe('a source in ASCII', () => {
  it('is the source itself where that is in ASCII', () => {
    const code = 'const a = `b`; /c/.test("d")';
    expect(inAscii(code)).toBe(code);
  });

  it('says the same text, whatever that is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const code of [JSON.stringify(text), `\`${text.replace(/[\\`$\r]/g, '')}\``]) {
          const ascii = inAscii(`(${code})`);
          expect(ascii).toMatch(/^[\0-\x7f]*$/);
          expect(run(ascii)).toBe(run(`(${code})`));
        }
      }),
    );
  });

  it.each([
    ['[/^[─-├]$/.test("└"), /^[─-├]$/.test("x")]', [true, false]],
    ['[/^[😀-😃]$/u.test("😁"), /^😁$/.test("😁"), /^.$/u.test("😁")]', [true, true, true]],
    ['(() => { const größe = 3; return { größe, ñ: größe }; })()', { größe: 3, ñ: 3 }],
    ['/* a – b */ 7 // …', 7],
    ['((strings, name) => strings[0] + name)`plain ${"schön"}`', 'plain schön'],
  ])('does what %s does', (code, result) => {
    expect(run(inAscii(code))).toEqual(result);
  });

  it.each([
    [String.raw`["\–", "\\–", "\😀", ${'`\\–`'}]`, ['–', '\\–', '😀', '–']],
    [String.raw`[/^[\–x]$/.test("–"), /^\\–$/.test("–"), /^\\–$/.test("\\–")]`, [true, false, true]],
  ])('takes no backslash twice (%s)', (code, result) => {
    expect(run(inAscii(code))).toEqual(result);
    expect(run(code)).toEqual(result);
  });

  it.each(['String.raw`schön`', '"a\\\u2028b"', 'a\u00a0+\u00a0b'])(
    'is refused where it would do something else (%j)',
    (code) => {
      expect(() => inAscii(code)).toThrow(NotAsciiSource);
    },
  );
});
