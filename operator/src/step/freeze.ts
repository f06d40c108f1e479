import type { Freeze, TagService } from '@tagservice/crd';

/** Whether `spec.freeze` holds this kind of change back. Every step asks before it changes something of that kind. */
export function isFrozen({ spec }: TagService, what: Freeze): boolean {
  return spec.freeze.includes(what);
}
