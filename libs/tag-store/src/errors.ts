/** The store does not answer, or its queue of waiting commands is full. The message names the address and the cause. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** Host and port; never the credentials. */
  readonly address: string;

  constructor(address: string, reason: string, options?: ErrorOptions) {
    super(`Redis at ${address}: ${reason}`, options);
    this.address = address;
  }
}

/** A job id that is not of the form of `newJobId`, or that belongs to another URL. */
export class InvalidJobId extends Error {
  override readonly name = 'InvalidJobId';

  constructor(jobId: string) {
    super(`Not a job id of this URL: ${jobId.slice(0, 80)}`);
  }
}

/** A cursor of `urlsOfTag` that was not given out by it. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';

  constructor() {
    super('The cursor is not valid');
  }
}
