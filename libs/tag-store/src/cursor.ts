import { InvalidCursor } from './errors.ts';

/** A place in the list of a tag: the last entry that was given out. */
export interface Place {
  readonly score: number;
  readonly urlHash: string;
}

/** Writes a place as an opaque text. */
export function encodeCursor({ score, urlHash }: Place): string {
  return Buffer.from(`${String(score)}:${urlHash}`).toString('base64url');
}

/** Reads what {@link encodeCursor} wrote. @throws InvalidCursor */
export function decodeCursor(cursor: string): Place {
  const match = /^([0-9.e-]{1,24}):([0-9a-f]{32})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const score = Number(match?.[1]);
  const urlHash = match?.[2];
  if (urlHash === undefined || !Number.isFinite(score)) throw new InvalidCursor();
  return { score, urlHash };
}

/** Most entries of one answer of `urlsOfTag`. */
export const TAG_PAGE_MAX = 200;

/** Keeps a wish for a page size within bounds. */
export function pageSize(limit: number): number {
  return Math.max(1, Math.min(TAG_PAGE_MAX, Math.trunc(limit) || 1));
}
