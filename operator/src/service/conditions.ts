import type { TagServiceCondition } from '@tagservice/crd';

/** A condition before it is compared with the one that stood there. */
export type Finding = Pick<TagServiceCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The API allows 1,024 characters; half of that is more than anybody reads, and keeps the whole status small. */
const MESSAGE_BYTES = 512;

/**
 * The conditions to write. `lastTransitionTime` moves if and only if the status of a condition changes; a condition that is not found any more
 * is left out.
 */
export function mergeConditions(options: {
  before: readonly TagServiceCondition[];
  findings: readonly Finding[];
  generation: number;
  now: string;
}): TagServiceCondition[] {
  return options.findings.map((finding) => {
    const former = options.before.find(({ type }) => type === finding.type);
    return {
      type: finding.type,
      status: finding.status,
      observedGeneration: options.generation,
      lastTransitionTime: former?.status === finding.status ? former.lastTransitionTime : options.now,
      reason: finding.reason,
      message: shorten(finding.message, MESSAGE_BYTES),
    };
  });
}

/** A text of at most so many bytes, with an ellipsis where it was cut; never cut within a character. */
export function shorten(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const ellipsis = '…';
  let left = bytes - Buffer.byteLength(ellipsis);
  let kept = '';
  for (const character of text) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + ellipsis;
}
