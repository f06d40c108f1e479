import type { TagPageInput } from './page.ts';
import { tagPage } from './tag-page.ts';

/** One line of a batch answered; a line that could not be read is answered with its problem instead of ending the batch. */
export type BatchAnswer = { readonly id: string | null } & (ReturnType<typeof tagPage> | { readonly problem: string });

type Row = Readonly<Record<string, unknown>>;

/** Answers one line of JSON. Lines are independent of each other. */
export function answerLine(
  line: string,
  options: { readonly blind: boolean; readonly max: number | undefined },
): BatchAnswer {
  const row = parsed(line);
  if (row === undefined) return { id: null, problem: 'The line is no JSON object.' };
  const id = typeof row['id'] === 'string' || typeof row['id'] === 'number' ? String(row['id']) : null;
  if (row['html'] === undefined && row['text'] === undefined)
    return { id, problem: 'The object has neither "html" nor "text".' };
  return { id, ...tagPage(inputOf(row, options)) };
}

function parsed(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : undefined;
  } catch {
    return undefined;
  }
}

function inputOf(
  row: Row,
  { blind, max }: { readonly blind: boolean; readonly max: number | undefined },
): TagPageInput {
  const [title, description, text, language] = ['title', 'description', 'text', 'lang'].map((name) =>
    textOf(row[name]),
  );
  return {
    url: textOf(row['url']) ?? '',
    html: textOf(row['html']) ?? '',
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(text === undefined ? {} : { text }),
    ...(language === undefined ? {} : { language }),
    ...(max === undefined ? {} : { max }),
    minimumScore: 0,
    ignorePublisherTags: blind,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
