import type { DelayedMessage } from '@tagservice/timers';
import { z } from 'zod';

/** The timer under which crawls wait for their runs, and how many may over all tenants: about 1 KiB of Redis each. */
export const CRAWL_TIMER = { name: 'crawls', most: 100_000 } as const;

/** A run that is due: of which crawl, and which of its runs, counted from 1. */
const turnSchema = z.object({
  tenant: z.string().min(1).max(256),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  run: z.number().int().min(1),
});

export type CrawlTurn = z.infer<typeof turnSchema>;

/** A run as the timer keeps it. Scheduled twice it comes once. */
export function turnMessage(turn: CrawlTurn): DelayedMessage {
  const { tenant, id, run } = turn;
  const value = Buffer.from(JSON.stringify({ tenant, id, run }));
  return { id: `${id}-${String(run)}`, key: id, value, headers: {} };
}

/** Reads what {@link turnMessage} wrote; undefined for anything else. */
export function readTurn({ value }: DelayedMessage): CrawlTurn | undefined {
  try {
    return turnSchema.safeParse(JSON.parse(Buffer.from(value).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
