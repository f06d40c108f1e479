import { Visitor, parseSync } from 'rolldown/utils';

/** A source means something else in ASCII. */
export class NotAsciiSource extends Error {
  override readonly name = 'NotAsciiSource';
}

const BEYOND_ASCII = /[^\0-\x7f]/;
const EACH_BEYOND_ASCII = /(\\*)([^\0-\x7f])/g;
/** They end a line, and after a backslash they are nothing at all. */
const LINE_ENDS = ['\u2028', '\u2029'];

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
  const ascii = code.replace(EACH_BEYOND_ASCII, (_, before: string, unit: string) => before + escaped(before, unit));
  const [error] = parseSync('chunk.js', ascii).errors;
  if (error !== undefined) throw new NotAsciiSource(error.message);
  return ascii;
}

/** What stands after an odd number of backslashes has that of its escape already. */
function escaped(before: string, unit: string): string {
  const isEscaped = before.length % 2 === 1;
  if (isEscaped && LINE_ENDS.includes(unit)) throw new NotAsciiSource('a line ends in a backslash');
  return `${isEscaped ? '' : '\\'}u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
