/** The broker cannot be reached, or did not acknowledge in time. The message names the addresses and the cause. */
export class BusUnavailable extends Error {
  override readonly name: string = 'BusUnavailable';
  readonly brokers: readonly string[];

  constructor(brokers: readonly string[], reason: string, options?: ErrorOptions) {
    super(`Kafka at ${brokers.join(', ')}: ${reason}`, options);
    this.brokers = brokers;
  }
}

/** A broker answers, but TLS is not agreed on or the login is refused: certificates or credentials have to be changed. */
export class BusAccessRefused extends BusUnavailable {
  override readonly name: string = 'BusAccessRefused';
}

/** The topic does not exist. The operator creates topics; nothing else does. */
export class TopicMissing extends Error {
  override readonly name = 'TopicMissing';
  readonly topic: string;

  constructor(topic: string, options?: ErrorOptions) {
    super(`Topic ${topic} does not exist`, options);
    this.topic = topic;
  }
}

/** The broker refuses a topic or a change of it; trying again without a change is of no use. */
export class TopicRefused extends Error {
  override readonly name = 'TopicRefused';
  readonly topic: string;
  /** Kafka's name of the error, such as `INVALID_REPLICATION_FACTOR`. */
  readonly code: string;

  constructor(topic: string, code: string, options: ErrorOptions & { readonly detail: string }) {
    super(`Topic ${topic}: ${code}: ${options.detail}`, options);
    this.topic = topic;
    this.code = code;
  }
}

/** The bus, or this subscription, has been closed. */
export class BusClosed extends Error {
  override readonly name = 'BusClosed';

  constructor() {
    super('The event bus is closed');
  }
}
