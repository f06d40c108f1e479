import { InvalidPosition } from './errors.ts';
import type { Position } from './port.ts';

const offsetPattern = /^(0|[1-9]\d{0,18})$/;

/** Refuses what is no place in a topic: offsets are compared as text. @throws InvalidPosition */
export function checkPosition(position: Position | undefined): void {
  if (position === undefined) return;
  const { partition, offset } = position;
  if (!Number.isSafeInteger(partition) || partition < 0 || !offsetPattern.test(offset)) {
    throw new InvalidPosition(position);
  }
}
