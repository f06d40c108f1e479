import { createHash } from 'node:crypto';

/** A text that is made when it is first asked for, and its entity tag. */
export class Kept {
  private made: { readonly text: string; readonly etag: string } | undefined;

  constructor(private readonly make: () => string) {}

  get text(): string {
    return this.value().text;
  }

  /** Of the content, so that it is the same in all instances of a release. */
  get etag(): string {
    return this.value().etag;
  }

  private value() {
    if (this.made !== undefined) return this.made;
    const text = this.make();
    this.made = { text, etag: `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"` };
    return this.made;
  }
}
