import type { World, WorldOptions } from '../bed/world.ts';
import type { Options } from '../options.ts';

export type Counts = {
  readonly passed: number;
  readonly failed: number;
  /** Neither: what was to be tried did not come about. */
  readonly missed?: number;
};
/** Prints a line. */
export type Say = (line: string) => void;

/** A suite of the command line. */
export type SuiteEntry = {
  readonly name: string;
  readonly summary: string;
  /** Of the world that it needs; the usual one unless given. */
  readonly world?: WorldOptions;
  readonly run: (world: World, options: Options, say: Say) => Promise<Counts>;
};
