import { tagKey } from '@tagservice/contracts';
import type { TagResult } from '@tagservice/tag-store';
import { createClient } from 'redis';
import { BenchFailure } from '../errors.ts';

/**
 * The least that leaves the same data: record, job and postings by one script, without claims, order, idempotency, outbox, epoch, bounds
 * or time limits.
 */
const script = `
redis.call('HSET', KEYS[1], 'page', ARGV[1], 'acceptedAt', ARGV[2], 'jobId', ARGV[3], 'tags', ARGV[4])
redis.call('HSET', KEYS[2], 'id', ARGV[3], 'status', 'done')
redis.call('PEXPIRE', KEYS[2], 86400000)
for index = 3, #KEYS do redis.call('ZADD', KEYS[index], ARGV[index + 3], ARGV[5]) end
return 1
`;

/** Durable writes by the redis client alone: scripts in one go, one WAIT behind them, then the next. */
export interface BareWriter {
  /** @throws BenchFailure a replica did not acknowledge */
  write(results: readonly TagResult[]): Promise<void>;
  /** Sends a read of the record and drops the answer. */
  read(urlHash: string): Promise<void>;
  close(): void;
}

/** Connects. */
export async function bareWriter(url: string): Promise<BareWriter> {
  const client = createClient({ url, RESP: 2 });
  await client.connect();
  const sha = await client.sendCommand<string>(['SCRIPT', 'LOAD', script]);
  return {
    write: async (results) => {
      const sent = results.map((result) => client.sendCommand(['EVALSHA', sha, ...argumentsOf(result)]));
      const acknowledged = await client.sendCommand<number>(['WAIT', '1', '500']);
      await Promise.all(sent);
      if (acknowledged < 1) throw new BenchFailure('The replica did not acknowledge in time.');
    },
    read: async (urlHash) => {
      await client.sendCommand(['HGET', `url:{${urlHash}}`, 'page']);
    },
    close: () => {
      client.destroy();
    },
  };
}

function argumentsOf({ jobId, urlHash, acceptedAt, page }: TagResult): string[] {
  const tags = page.tags.map(({ tag, score }) => [tagKey(tag), String(score)] as const);
  const postings = tags.map(([key]) => `tag:{${key}}`);
  const keys = [`url:{${urlHash}}`, `job:{${urlHash}}:${jobId.slice(33)}`, ...postings];
  const args = [JSON.stringify(page), acceptedAt, jobId, JSON.stringify(tags.map(([key]) => key)), urlHash];
  return [String(keys.length), ...keys, ...args, ...tags.map(([, score]) => score)];
}
