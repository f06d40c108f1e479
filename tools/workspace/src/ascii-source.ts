import { Visitor, parseSync } from 'rolldown/utils';

/** A source means something else in ASCII. */
export class NotAsciiSource extends Error {
  override readonly name = 'NotAsciiSource';
}

const BEYOND_ASCII = /[^\0-\x7f]/;
const EACH_BEYOND_ASCII = /[^\0-\x7f]/g;

/**
 * The same program in ASCII: V8 keeps a source with a single character beyond Latin-1 in two bytes a character, as long as the process runs. Escapes
 * mean what they stand for in strings, templates, regular expressions and names.
 *
 * @throws NotAsciiSource where they do not: a tagged template sees its raw text
 */
export function inAscii(code: string): string {
  if (!BEYOND_ASCII.test(code)) return code;
  new Visitor({
    TaggedTemplateExpression: ({ quasi }) => {
      const raw = quasi.quasis.map(({ value }) => value.raw).find((text) => BEYOND_ASCII.test(text));
      if (raw !== undefined) throw new NotAsciiSource(`a tagged template holds ${JSON.stringify(raw.slice(0, 80))}`);
    },
  }).visit(parseSync('chunk.js', code).program);
  return code.replace(EACH_BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
