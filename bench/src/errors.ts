/** A benchmark could not be carried out, or what it measures did not do its work. No figure is better than a wrong one. */
export class BenchFailure extends Error {
  override readonly name = 'BenchFailure';
}
