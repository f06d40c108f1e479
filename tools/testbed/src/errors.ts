/** A server for tests could not be prepared or did not start. The message carries the end of its log. */
export class TestbedFailure extends Error {
  override readonly name = 'TestbedFailure';
}
