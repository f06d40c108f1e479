declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** Requests of one connection; the part that `quiet-timers.ts` replaces. */
  class RequestQueue {
    readonly pending: readonly unknown[];
    readonly throttledUntil: number;
    scheduleCheckPendingRequests(): void;
  }
  export = RequestQueue;
}
