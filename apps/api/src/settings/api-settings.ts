import { apiEnvironment } from '@tagservice/contracts';
import {
  integerField,
  millisecondsField,
  parseEnvironment,
  portField,
  readCommonSettings,
} from '@tagservice/service-kit';
import type { CommonSettings, Environment } from '@tagservice/service-kit';
import { z } from 'zod';
import { readAdmissionSettings } from './admission-settings.ts';
import type { AdmissionSettings } from './admission-settings.ts';
import type { IdentitySettings } from '../identity/identity.ts';
import { derivedKey } from './derived-key.ts';
import { readIdentitySettings } from './identity-settings.ts';

/** How the API answers; durations in milliseconds. */
export interface ApiPolicy {
  /** Longest wait of one request for its tags; `Prefer: wait` may ask for less. */
  readonly deadlineMs: number;
  /** A record of at most this age is answered as it is. */
  readonly freshMs: number;
  /** For so long beyond `freshMs` a record is still answered, with its age, while a new one is made. */
  readonly staleMs: number;
  /** Requests in flight at the same time, those included that wait; more are refused with 503. */
  readonly maxInFlight: number;
  /** Bytes of answers kept in the process. */
  readonly cacheBytes: number;
  /** Signs the cursors of lists: 32 bytes, the same in all instances. */
  readonly cursorKey: Uint8Array;
  /** The channel on which the store wakes this instance. */
  readonly instance: string;
  readonly topicPrefix: string;
  readonly identity: IdentitySettings;
  readonly admission: AdmissionSettings;
  /** Signs the names of jobs where tenants are told apart: 32 bytes, the same in all instances. */
  readonly jobHandleKey: Uint8Array;
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
    cursorKey: derivedKey(common, environment, 'list cursors'),
    instance: common.pod,
    topicPrefix: common.kafka.topicPrefix,
    identity: readIdentitySettings(environment),
    admission: readAdmissionSettings(environment),
    jobHandleKey: derivedKey(common, environment, 'job handles'),
  };
  return { common, port: env.HTTP_PORT, policy };
}
