import type { Verdict } from '@tagservice/contracts';
import { silentLogger, type StoreLogger } from '../log.ts';
import { addressOf } from '../redis/client-options.ts';
import { RedisConnection, type Reply } from '../redis/connection.ts';
import { MAX_VERDICTS, type NumberedVerdict, type SideStore } from './port.ts';
import { recordScript, removeScript, sinceScript } from './scripts.ts';
import { parseVerdict, subjectOf, verdictsPage } from './verdict.ts';

/** Options of {@link redisSideStore}. */
export interface RedisSideStoreOptions {
  /** `redis://host:port`; leads to the primary. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** File with the password, read at every connect. */
  readonly passwordFile?: string;
  /** Longest time of a command, in milliseconds. Default 1000. */
  readonly commandTimeoutMs?: number;
  readonly maxVerdicts?: number;
  readonly logger?: StoreLogger;
}

/**
 * Keys of the side store. The three of the feedback share a hash tag, because one script writes them.
 *
 * | key | type | holds | lives |
 * | --- | --- | --- | --- |
 * | `note:{key}` | string | a note | as long as it was put for |
 * | `feedback:{all}:verdicts` | hash | verdicts (JSON) by tenant, page and tag | for good, bounded |
 * | `feedback:{all}:order` | sorted set | the same by their number | for good, bounded |
 * | `feedback:{all}:given` | string | the last number | for good |
 */
const keys = {
  note: (key: string): string => `note:{${key}}`,
  feedback: ['feedback:{all}:verdicts', 'feedback:{all}:order', 'feedback:{all}:given'],
} as const;

/** The side store on Redis 7, over a connection of its own. Connects at once and for ever tries again. */
export function redisSideStore(options: RedisSideStoreOptions): SideStore {
  const connection = new RedisConnection({
    ...options,
    address: addressOf(options.url),
    logger: options.logger ?? silentLogger,
    timeoutMs: options.commandTimeoutMs ?? 1000,
  });
  const maxVerdicts = String(options.maxVerdicts ?? MAX_VERDICTS);
  return {
    notes: {
      get: async (key) => textOf(await connection.send(['GET', keys.note(key)])),
      async put(key, text, ttlMs) {
        await connection.send(['SET', keys.note(key), text, 'PX', String(ttlMs)]);
      },
      putIfAbsent: async (key, text, ttlMs) =>
        textOf(await connection.send(['SET', keys.note(key), text, 'NX', 'GET', 'PX', String(ttlMs)])),
      async remove(key, text) {
        await connection.script(removeScript, [keys.note(key)], [text]);
      },
    },
    feedback: {
      async record(verdict) {
        const args = [subjectOf(verdict), JSON.stringify(verdict), verdict.verdict, maxVerdicts];
        const kept = textOf(await connection.script(recordScript, keys.feedback, args));
        return (kept === undefined ? undefined : parseVerdict(kept)) ?? verdict;
      },
      async since(number, limit) {
        const args = [String(number), String(verdictsPage(limit))];
        return numbered(await connection.script(sinceScript, keys.feedback, args));
      },
    },
    close() {
      connection.close();
      return Promise.resolve();
    },
  };
}

function textOf(reply: Reply): string | undefined {
  return typeof reply === 'string' ? reply : undefined;
}

/** Verdicts and their numbers in turn; one that this version cannot read is left out. */
function numbered(reply: Reply): NumberedVerdict[] {
  const flat = Array.isArray(reply) ? reply : [];
  return Array.from({ length: Math.floor(flat.length / 2) }, (_, index) => index * 2).flatMap((at) => {
    const verdict: Verdict | undefined = parseVerdict(String(flat[at]));
    return verdict === undefined ? [] : [{ ...verdict, number: Number(flat[at + 1]) }];
  });
}
