/** A message that shall come again later, as it came. */
export interface DelayedMessage {
  /** Scheduled twice under one id it comes once. Letters, digits and dashes. */
  readonly id: string;
  readonly key: string | null;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of a request to bring a message again. */
export type Scheduled =
  /** It is kept, on as many replicas as results are. */
  | 'kept'
  /** As many wait as may; this one was not taken. */
  | 'full';

/** It is not known whether the message is kept; what brought it must not be committed. */
export class TimerUnavailable extends Error {
  override readonly name = 'TimerUnavailable';
}

/**
 * Brings messages again after a while. For waits that would hold a partition's commits: the message is kept here first and committed
 * afterwards, so that a crash between the two doubles it and never loses it. Order is not kept, and one may come more than once.
 */
export interface MessageTimer {
  /** @throws TimerUnavailable */
  schedule(message: DelayedMessage, delayMs: number): Promise<Scheduled>;
  /**
   * Begins to hand over what is due. A message is forgotten when `deliver` resolves; when it rejects, or this process dies meanwhile, it
   * is handed over again, here or in another process.
   */
  start(deliver: (message: DelayedMessage) => Promise<void>): void;
  /** Messages that wait, over all processes; undefined while that cannot be told. */
  waiting(): Promise<number | undefined>;
  /** Hands over nothing new, and waits for deliveries under way. */
  close(): Promise<void>;
}
