declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** Requests of one connection; the part that `quiet-timers.ts` replaces. */
  class RequestQueue {
    readonly pending: readonly unknown[];
    readonly throttledUntil: number;
    scheduleCheckPendingRequests(): void;
  }
  export = RequestQueue;
}

declare module 'kafkajs/src/protocol/requests/produce/index.js' {
  import type { ProduceArguments } from './records/produce-request.ts';
  /** A request as it is sent, and how its answer is read. */
  interface Made {
    readonly request: { readonly encode: () => Promise<object> } & Readonly<Record<string, unknown>>;
    readonly response: unknown;
  }
  /** The produce requests of all versions; the part that `records/quick-produce.ts` replaces. */
  const produce: { protocol: (which: { readonly version: number }) => (args: ProduceArguments) => Made };
  export = produce;
}

declare module 'kafkajs/src/protocol/requests/produce/v7/request.js' {
  /** For tests: what kafkajs itself writes. */
  const request: (args: object) => { encode: () => Promise<{ readonly buffer: Buffer }> };
  export = request;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  /** For tests: what kafkajs itself reads. */
  const decode: (decoder: object) => Promise<{
    readonly records: readonly {
      readonly offset: string;
      readonly timestamp: string;
      readonly key: Buffer | null;
      readonly value: Buffer;
      readonly headers: Record<string, Buffer>;
    }[];
    readonly producerId: string;
    readonly producerEpoch: number;
    readonly firstSequence: number;
  }>;
  export = decode;
}

declare module 'kafkajs/src/protocol/decoder.js' {
  /** For tests. */
  class Decoder {
    constructor(buffer: Buffer);
  }
  export = Decoder;
}
