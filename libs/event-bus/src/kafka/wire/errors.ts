/** Bytes from the broker that are no answer of the protocol. The connection they came on is of no further use. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}

/** The connection broke, was never made, or did not answer in time. */
export class ConnectionFailure extends Error {
  override readonly name = 'ConnectionFailure';
}

/** The broker, or what it shows of itself, does not pass: TLS was not agreed on, or the credentials are refused. */
export class AccessFailure extends Error {
  override readonly name = 'AccessFailure';
}

/** The broker is of a release that does not know a request in the version that we speak. */
export class UnsupportedRequest extends Error {
  override readonly name = 'UnsupportedRequest';
}

/** The broker answered a request with an error. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  /** Kafka's name of the error, such as `INVALID_PARTITIONS`. */
  readonly code: string;
  /** Whether Kafka calls the error one that passes by itself. */
  readonly retriable: boolean;

  constructor(answer: { readonly code: string; readonly retriable: boolean }, detail: string | null | undefined) {
    super(detail == null || detail === '' ? answer.code : detail);
    this.code = answer.code;
    this.retriable = answer.retriable;
  }
}
