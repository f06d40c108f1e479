import { tagKey, type PageTag } from '@tagservice/contracts';

/** Scores by the keys of the tags; of tags that differ in case only, the best counts. */
export function scoresByKey(tags: readonly PageTag[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (const { tag, score } of tags) {
    const key = tagKey(tag);
    scores.set(key, Math.max(score, scores.get(key) ?? 0));
  }
  return scores;
}
