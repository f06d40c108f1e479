import { tagKey, type PageTag } from '@tagservice/contracts';

/**
 * The key of a tag as it is stored. Half of a surrogate pair, as left by cutting a text, cannot be written as UTF-8, and the JSON of
 * scripts refuses it.
 */
export function keyOfTag(tag: string): string {
  return tagKey(tag).toWellFormed();
}

/** Scores by the keys of the tags; of tags that differ in case only, the best counts. */
export function scoresByKey(tags: readonly PageTag[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (const { tag, score } of tags) {
    const key = keyOfTag(tag);
    scores.set(key, Math.max(score, scores.get(key) ?? 0));
  }
  return scores;
}
