import { jobDocumentSchema, type JobDocument } from '@tagservice/contracts';
import type { Place } from '../cursor.ts';
import type { Reply } from './connection.ts';

/** The items of an answer that is a list; none of any other. */
export function list(reply: Reply | undefined): Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** Members and scores in turn. */
export function places(reply: Reply): Place[] {
  const flat = list(reply);
  return Array.from({ length: Math.floor(flat.length / 2) }, (_, index) => ({
    urlHash: String(flat[index * 2]),
    score: Number(flat[index * 2 + 1]),
  }));
}

/** A job from the flat fields of its hash; undefined when there is none, or one that this version cannot read. */
export function jobFrom(fields: Reply | undefined): JobDocument | undefined {
  const flat = list(fields).map(String);
  if (flat.length === 0) return undefined;
  const raw: Record<string, unknown> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) raw[flat[index] ?? ''] = flat[index + 1];
  const error = typeof raw['error'] === 'string' ? parseJson(raw['error']) : undefined;
  const parsed = jobDocumentSchema.safeParse({ ...raw, attempts: Number(raw['attempts'] ?? 0), error });
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
