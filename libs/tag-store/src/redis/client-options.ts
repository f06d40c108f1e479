import { readFile } from 'node:fs/promises';
import { StoreUnavailable } from '../errors.ts';
import type { newClient } from './new-client.ts';

/** Where Redis is and how to log in. */
export interface RedisEndpoint {
  readonly url: string;
  /** Host and port, for messages. */
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  /** Read at every connect, so that a changed Secret takes effect with the next one. */
  readonly passwordFile?: string;
}

const reconnect = { initialMs: 50, maxMs: 2000 };

/** Settings that all our clients share. */
export function clientOptions(endpoint: RedisEndpoint): Parameters<typeof newClient>[0] {
  return {
    url: endpoint.url,
    socket: {
      connectTimeout: 2000,
      reconnectStrategy: reconnectDelayMs,
      keepAlive: true,
      keepAliveInitialDelay: 5000,
      noDelay: true,
    },
    // Our own limit covers the whole of a command; the library's would only cover those not yet sent.
    commandOptions: { timeout: 0 },
    ...(hasCredentials(endpoint)
      ? {
          credentialsProvider: {
            type: 'async-credentials-provider' as const,
            credentials: async () => await credentials(endpoint),
          },
        }
      : {}),
  };
}

/** `redis://user:secret@host:6379/0` -> `host:6379`: what may be written to logs. */
export function addressOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol)) {
    throw new StoreUnavailable(url.replace(/\/\/.*@/, '//'), 'not a URL of the form redis://host:port');
  }
  return `${parsed.hostname || 'localhost'}:${parsed.port || '6379'}`;
}

/** Doubles up to 2 s, of which a random half is taken off so that many clients do not return at once. For ever. */
export function reconnectDelayMs(retries: number): number {
  return Math.min(reconnect.maxMs, reconnect.initialMs * 2 ** Math.min(retries, 10)) * (0.5 + Math.random() / 2);
}

function hasCredentials({ username, password, passwordFile }: RedisEndpoint): boolean {
  return username !== undefined || password !== undefined || passwordFile !== undefined;
}

async function credentials({
  username,
  password,
  passwordFile,
}: RedisEndpoint): Promise<{ username?: string; password?: string }> {
  const secret = passwordFile === undefined ? password : (await readFile(passwordFile, 'utf8')).trim();
  return { ...(username === undefined ? {} : { username }), ...(secret === undefined ? {} : { password: secret }) };
}
