import { hkdfSync } from 'node:crypto';
import { apiEnvironment, commonEnvironment } from '@tagservice/contracts';
import {
  integerField,
  millisecondsField,
  parseEnvironment,
  portField,
  readCommonSettings,
  readSecret,
} from '@tagservice/service-kit';
import type { CommonSettings, Environment } from '@tagservice/service-kit';
import { z } from 'zod';

/** How the API answers; durations in milliseconds. */
export interface ApiPolicy {
  /** Longest wait of one request for its tags; `Prefer: wait` may ask for less. */
  readonly deadlineMs: number;
  /** A record of at most this age is answered as it is. */
  readonly freshMs: number;
  /** For so long beyond `freshMs` a record is still answered, with its age, while a new one is made. */
  readonly staleMs: number;
  /** Requests that are worked on at the same time; more are refused with 503. */
  readonly maxInFlight: number;
  /** Bytes of answers kept in the process. */
  readonly cacheBytes: number;
  /** Signs the cursors of lists: 32 bytes, the same in all instances. */
  readonly cursorKey: Uint8Array;
  /** The channel on which the store wakes this instance. */
  readonly instance: string;
  readonly topicPrefix: string;
}

export interface ApiSettings {
  readonly common: CommonSettings;
  readonly port: number;
  readonly policy: ApiPolicy;
}

const schema = z.object({
  [apiEnvironment.httpPort]: portField(8080),
  [apiEnvironment.deadlineMs]: millisecondsField(5_000),
  [apiEnvironment.freshMs]: millisecondsField(86_400_000),
  [apiEnvironment.staleMs]: millisecondsField(604_800_000),
  [apiEnvironment.maxInFlight]: integerField({ min: 1, max: 100_000, fallback: 256 }, 'requests'),
});

const CACHE_BYTES = 32 * 1024 * 1024;

/**
 * Reads the environment of the API.
 *
 * @throws ConfigurationError
 */
export function readApiSettings(environment: Environment): ApiSettings {
  const env = parseEnvironment(schema, environment);
  const common = readCommonSettings(environment);
  const policy: ApiPolicy = {
    deadlineMs: env.API_DEADLINE_MS,
    freshMs: env.API_FRESH_MS,
    staleMs: env.API_STALE_MS,
    maxInFlight: env.API_MAX_IN_FLIGHT,
    cacheBytes: CACHE_BYTES,
    cursorKey: cursorKey(common, environment),
    instance: common.pod,
    topicPrefix: common.kafka.topicPrefix,
  };
  return { common, port: env.HTTP_PORT, policy };
}

/**
 * All instances have the Redis password and nobody else has, so a key made of it needs no Secret of its own. Rotating that password ends
 * the cursors that are under way: their holders are told to begin again. Without a password the signature only finds accidents.
 */
function cursorKey({ redis, kafka }: CommonSettings, environment: Environment): Uint8Array {
  const { redisPassword, redisPasswordFile } = commonEnvironment;
  const value = environment[redisPassword];
  const secret = readSecret({ fileVariable: redisPasswordFile, file: redis.passwordFile, value }) ?? '';
  return deriveKey(secret, `tagservice list cursors ${kafka.topicPrefix}`);
}

/** A key for one purpose, from which nothing can be learnt about the secret (HKDF, RFC 5869). */
function deriveKey(secret: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32));
}
