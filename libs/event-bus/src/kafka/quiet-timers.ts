import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/**
 * kafkajs 2.2.4 sets a timer with a negative delay after every request, also when nothing waits: Node 24 warns about each
 * (TimeoutNegativeWarning), and the timer renews itself every millisecond for as long as the connection lives. A check is
 * only of use while requests wait or the broker throttles us; `push` schedules one whenever it has to queue a request.
 */
export function quietTimers(): void {
  const { prototype } = RequestQueue;
  if (Object.hasOwn(prototype, patched)) return;
  const schedule = prototype.scheduleCheckPendingRequests;
  Object.defineProperty(prototype, patched, { value: true });
  prototype.scheduleCheckPendingRequests = function checkOnlyWhatWaits(this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

const patched = Symbol('quiet timers');
