import type { TagRequest } from '@tagservice/contracts';
import type { IncomingMessage } from '@tagservice/event-bus';

/** What one message has with it. */
export interface Delivery {
  readonly message: IncomingMessage;
  /** Aborted when the message is no longer ours. */
  readonly signal: AbortSignal;
  /** The first offset of the message's partition that is not dealt with, as of now. */
  readonly watermark: () => string;
}

/** Time that went into a page here, over all attempts of one delivery, in milliseconds. */
export interface Spent {
  fetchMs: number;
  tagMs: number;
}

/** A job and the message that brought it. */
export interface RunningJob extends Delivery {
  readonly request: TagRequest;
  /** When it arrived here, in milliseconds since 1970. */
  readonly arrived: number;
  readonly spent: Spent;
}
