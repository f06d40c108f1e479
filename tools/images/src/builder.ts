/** One build of a Dockerfile. */
export interface BuildRequest {
  /** Name and tag that the result gets. */
  readonly reference: string;
  readonly dockerfile: string;
  /** Folder whose files the Dockerfile copies from. */
  readonly context: string;
  /** Files that a RUN may mount by id while it runs; they never become part of a layer. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

/** A program that turns Dockerfiles into images and keeps them between builds. */
export interface ImageBuilder {
  readonly name: 'docker' | 'buildah';
  /** Whether it runs on this machine now. */
  available(): Promise<boolean>;
  build(request: BuildRequest): Promise<void>;
  /** Fetches a public image; throws when that takes longer than `timeoutMs`. */
  pull(reference: string, timeoutMs: number): Promise<void>;
  /** Digest of an image's configuration: the same for the same content. */
  identity(reference: string): Promise<string>;
  has(reference: string): Promise<boolean>;
  tag(from: string, to: string): Promise<void>;
  /** Writes an image as a `docker save` archive that carries all the names given (all names of one image). */
  save(references: readonly [string, ...string[]], file: string): Promise<void>;
}
