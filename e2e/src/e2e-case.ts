import type { Cluster } from '@tagservice/cluster';

/** What a case works with. */
export interface CaseContext {
  /** A cluster on which `npm run up` has ended well. */
  readonly cluster: Cluster;
  /** Prints one line of what the case does or has measured. */
  say(line: string): void;
}

/** Something that is shown on a real cluster. */
export interface E2eCase {
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** Ends well or rejects; `CheckFailed` where the product did not do what it promises. */
  run(context: CaseContext): Promise<void>;
  /** True for a case that makes its own cluster and must not be given one. */
  readonly ownCluster?: boolean;
}

/** The product did not do what it promises. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

/** Fails the case with a sentence unless the condition holds. */
export function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new CheckFailed(otherwise);
}
