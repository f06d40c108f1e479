import { hkdfSync } from 'node:crypto';
import { commonEnvironment } from '@tagservice/contracts';
import { readSecret } from '@tagservice/service-kit';
import type { CommonSettings, Environment } from '@tagservice/service-kit';

/**
 * A key for one purpose, the same in all instances (HKDF, RFC 5869). All of them have the password of Redis and no caller has it, so it needs no
 * Secret of its own; when that password is rotated, what was signed with the key ends. Without a password it only finds accidents.
 *
 * @throws ConfigurationError when the file with the password cannot be read
 */
export function derivedKey({ redis, kafka }: CommonSettings, environment: Environment, purpose: string): Uint8Array {
  const { redisPassword, redisPasswordFile } = commonEnvironment;
  const value = environment[redisPassword];
  const secret = readSecret({ fileVariable: redisPasswordFile, file: redis.passwordFile, value }) ?? '';
  return new Uint8Array(hkdfSync('sha256', secret, '', `tagservice ${purpose} ${kafka.topicPrefix}`, 32));
}
