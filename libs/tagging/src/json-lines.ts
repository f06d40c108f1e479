/** Line feeds alone end a line: Node's readline also splits at U+2028 and U+2029, which JSON allows inside of strings. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest: string[] = [];
  for await (const chunk of chunks) {
    const parts = chunk.split('\n');
    for (const part of parts.slice(0, -1)) {
      yield [...rest, part].join('');
      rest = [];
    }
    rest.push(parts.at(-1) ?? '');
  }
  const last = rest.join('');
  if (last !== '') yield last;
}

/** One line of JSON, without any character that some reader of lines takes for an end of line. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}
