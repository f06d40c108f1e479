import type { TagServiceCondition } from '@tagservice/crd';

/** A condition before it is compared with the one that stood there. */
export type Finding = Pick<TagServiceCondition, 'type' | 'status' | 'reason' | 'message'>;

const MESSAGE_LIMIT = 1_024;

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
      message: shorten(finding.message),
    };
  });
}

function shorten(message: string): string {
  return message.length <= MESSAGE_LIMIT ? message : `${message.slice(0, MESSAGE_LIMIT - 1)}…`;
}
