import { z } from 'zod';

const keptSchema = z.object({
  /** Of method, path and body. */
  fingerprint: z.string(),
  /** Milliseconds since 1970: makes the note of a running request its own. */
  began: z.number().optional(),
  /** Absent while the request is under way. */
  answer: z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.string() }).optional(),
});

/** What is kept under an idempotency key. */
export type Kept = z.infer<typeof keptSchema>;

/** Reads what is kept; undefined for a text that this version cannot read. */
export function parseKept(text: string): Kept | undefined {
  try {
    return keptSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
