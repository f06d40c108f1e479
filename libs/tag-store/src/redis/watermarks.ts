import type { Position } from '../port.ts';
import { list } from './replies.ts';
import type { Reply } from './connection.ts';

/**
 * What this process has heard of the watermarks: of each partition how many writes are certainly counted in the store. A store that counts
 * fewer has been thrown back.
 */
export class WatermarkLedger {
  readonly #heard = new Map<string, number>();
  readonly #read = new Set<string>();

  /** Takes in all watermarks of a topic, as HGETALL gives them. From now on this counts, whatever was heard before. */
  take(topic: string, reply: Reply): Map<number, string> {
    const flat = list(reply).map(String);
    const watermarks = new Map<number, string>();
    for (const key of this.#heard.keys()) if (key.startsWith(`${topic}/`)) this.#heard.delete(key);
    this.#read.add(topic);
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const [partition = '', writes] = (flat[index] ?? '').split(':');
      const value = flat[index + 1] ?? '0';
      if (writes === undefined) watermarks.set(Number(partition), value);
      else this.#heard.set(`${topic}/${partition}`, Number(value));
    }
    return watermarks;
  }

  /** The writes heard of; undefined where nobody in this process has ever asked how far the topic is. */
  heard({ topic, partition }: Position): number | undefined {
    return this.#read.has(topic) ? (this.#heard.get(keyOf(topic, partition)) ?? 0) : undefined;
  }

  /** A durable answer to a write has brought this count. */
  hear({ topic, partition }: Position, count: number): void {
    const key = keyOf(topic, partition);
    this.#heard.set(key, Math.max(count, this.#heard.get(key) ?? 0));
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${String(partition)}`;
}
