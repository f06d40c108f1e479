import { MalformedAnswer } from './errors.ts';

/** Largest answer that is taken, in bytes. A broker's description of 1,000 groups with their members is below 1 MiB. */
const largestFrame = 16 * 1024 * 1024;

/** Cuts a stream of bytes into frames: a length in 32 bits, then so many bytes. Nothing is reserved for what was only announced. */
export class FrameSplitter {
  #chunks: Buffer[] = [];
  #length = 0;

  /** The frames that are complete now, without their lengths. @throws MalformedAnswer */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: Buffer[] = [];
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): Buffer | undefined {
    if (this.#length < 4) return undefined;
    const size = this.#joined(4).readInt32BE(0);
    if (size < 0 || size > largestFrame)
      throw new MalformedAnswer(
        `an answer of ${String(size)} bytes was announced: is this a listener of Kafka, and does it speak TLS?`,
      );
    if (this.#length < 4 + size) return undefined;
    const all = this.#joined(4 + size);
    this.#chunks = all.length === 4 + size ? [] : [all.subarray(4 + size)];
    this.#length -= 4 + size;
    return all.subarray(4, 4 + size);
  }

  /** The first chunk, joined with as many others as it takes to have so many bytes in one piece. */
  #joined(bytes: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks;
    if (first.length >= bytes) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
