import { createHash } from 'node:crypto';
import { tagKey, verdictSchema, type Verdict } from '@tagservice/contracts';
import { VERDICTS_PAGE_MAX } from './port.ts';

/** What a verdict is about; a tenant has at most one under each. 128 bits, so that no tenant can aim at another's. */
export function subjectOf({ tenant, urlHash, tag }: Verdict): string {
  const parts = JSON.stringify([tenant, urlHash, tagKey(tag)]);
  return createHash('sha256').update(parts).digest('hex').slice(0, 32);
}

/** Reads a stored verdict; undefined for a text that this version cannot read. */
export function parseVerdict(json: string): Verdict | undefined {
  try {
    return verdictSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** Keeps a wish for a page size within bounds. */
export function verdictsPage(limit: number): number {
  return Math.max(1, Math.min(VERDICTS_PAGE_MAX, Math.trunc(limit) || 1));
}
