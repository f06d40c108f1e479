import type { Clock } from '../clock/clock.ts';
import { Backoff } from './backoff.ts';

export interface WorkQueueOptions {
  clock?: Clock;
  backoff?: Backoff;
}
/** placeholder */
export class WorkQueue {
  readonly options: WorkQueueOptions = {};
}
