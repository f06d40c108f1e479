import type { Stage } from '../runs/stage.ts';

export function judge(_stage: Stage): { violations: string[]; statuses: number } {
  return { violations: [], statuses: 0 };
}
