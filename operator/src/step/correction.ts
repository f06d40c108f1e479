/** Something of ours that somebody else changed or removed, and that was made as declared again. */
export type Correction = {
  /** Kind and name, for example `Deployment demo-api`. */
  readonly object: string;
  readonly cause: 'drift' | 'missing' | 'replaced';
  /** Values as texts; undefined: not there. No values of Secrets. */
  readonly fields: readonly {
    readonly path: string;
    readonly found: string | undefined;
    readonly wanted: string | undefined;
  }[];
};
