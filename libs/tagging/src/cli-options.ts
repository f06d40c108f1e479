/** What the command line of the tagger was asked to do. */
export type TagCommand =
  | { readonly kind: 'batch'; readonly blind: boolean; readonly max: number | undefined }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problem: string };

export const usage = `Finds the tags of pages: one JSON object a line in, one a line out, in the same order.

usage: npm run -s tag -- --batch [--blind] [--max N] < pages.jsonl > tags.jsonl

  --batch   read {id, url?, html?, title?, description?, text?, lang?} from standard input, answer {id, title, text, language, tags}
  --blind   do not read the tags that the publisher declared in the page (for measuring)
  --max N   most tags for a page, 1 to 100 (default 12)
`;

const known = new Set(['--batch', '--blind', '--help', '-h', '--learn']);

/** Reads the arguments; a refusal says what to write instead. */
export function readArguments(args: readonly string[]): TagCommand {
  const flags = new Set<string>();
  let max: number | undefined;
  for (let index = 0; index < args.length; index += 1) {
    const flag = args[index] ?? '';
    if (flag === '--max') max = Number(args[(index += 1)]);
    else if (known.has(flag)) flags.add(flag);
    else return refused(`Unknown argument "${flag}". Run with --help for the ones there are.`);
    if (max !== undefined && !(Number.isInteger(max) && max >= 1 && max <= 100)) {
      return refused(`--max wants a whole number from 1 to 100, got "${args[index] ?? ''}".`);
    }
  }
  return commandOf(flags, max);
}

function commandOf(flags: ReadonlySet<string>, max: number | undefined): TagCommand {
  if (flags.has('--help') || flags.has('-h')) return { kind: 'help' };
  if (flags.has('--learn'))
    return refused('--learn is refused: this tagger does not learn from revealed tags. Run without it.');
  if (!flags.has('--batch'))
    return refused('Say --batch and give one JSON object a line on standard input. Run with --help for an example.');
  return { kind: 'batch', blind: flags.has('--blind'), max };
}

function refused(problem: string): TagCommand {
  return { kind: 'refused', problem };
}
