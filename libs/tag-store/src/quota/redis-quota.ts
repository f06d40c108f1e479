import { silentLogger, type StoreLogger } from '../log.ts';
import { addressOf } from '../redis/client-options.ts';
import { RedisConnection } from '../redis/connection.ts';
import { script } from '../redis/scripts.ts';
import { PRESENT_MS, type Quota } from './port.ts';

/** Options of {@link redisQuota}. */
export interface RedisQuotaOptions {
  /** `redis://host:port`; leads to the primary. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** File with the password, read at every connect. */
  readonly passwordFile?: string;
  /** Longest time of a command, in milliseconds: a request waits for it. Default 100. */
  readonly commandTimeoutMs?: number;
  readonly logger?: StoreLogger;
}

/** Time comes from the server: the clocks of the instances need not agree. */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Refills a bucket and takes from it. KEYS: bucket. ARGV: tokens a minute, burst, wanted.
 * Answers: granted, whole tokens left, ms to the next token, ms to a full bucket. An unused bucket expires when it would be full.
 */
const takeSource = `${now}
local rate, burst, wanted = ARGV[1] / 60000, tonumber(ARGV[2]), tonumber(ARGV[3])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local at = tonumber(state[2]) or now
local tokens = math.min(burst, (tonumber(state[1]) or burst) + math.max(0, now - at) * rate)
local granted = math.min(wanted, math.floor(tokens))
tokens = tokens - granted
local full = math.ceil((burst - tokens) / rate)
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], full + 1000)
local following = 0
if tokens < 1 then following = math.ceil((1 - tokens) / rate) end
return { granted, math.floor(tokens), following, full }
`;

/** Notes an instance and counts those of late. KEYS: instances. ARGV: instance, ms that a word counts. */
const presentSource = `${now}
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`;

const takeScript = script(takeSource);
const presentScript = script(presentSource);

/** Buckets in Redis, over a connection of its own: a slow script of the store must not hold up the admission of requests. */
export function redisQuota(options: RedisQuotaOptions): Quota {
  const connection = new RedisConnection({
    ...options,
    address: addressOf(options.url),
    logger: options.logger ?? silentLogger,
    timeoutMs: options.commandTimeoutMs ?? 100,
  });
  return {
    async take(key, wanted, { perMinute, burst }) {
      const args = [perMinute, burst, wanted].map(String);
      const reply = await connection.script(takeScript, [`quota:{${key}}`], args);
      const [granted = 0, remaining = 0, nextMs = 0, fullMs = 0] = Array.isArray(reply) ? reply.map(Number) : [];
      return { granted, remaining, nextMs, fullMs };
    },
    async present(instance) {
      const reply = await connection.script(presentScript, ['quota-instances'], [instance, String(PRESENT_MS)]);
      return Math.max(1, Number(reply));
    },
    close() {
      connection.close();
      return Promise.resolve();
    },
  };
}
