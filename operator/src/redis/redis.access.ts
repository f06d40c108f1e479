import { createHash, randomBytes } from 'node:crypto';

/** Passwords by their key in the Secret `<name>-redis-auth`. */
export type RedisPasswords = {
  readonly password: string;
  readonly 'replication-password': string;
  readonly 'probe-password': string;
};

const KEYS = [
  'password',
  'replication-password',
  'probe-password',
] as const satisfies readonly (keyof RedisPasswords)[];

/** New passwords of 256 bits, of letters that need no quoting anywhere. */
export function makePasswords(random: (bytes: number) => Buffer = randomBytes): RedisPasswords {
  return { password: word(random), 'replication-password': word(random), 'probe-password': word(random) };
}

const word = (random: (bytes: number) => Buffer): string => random(32).toString('base64url');

/** The passwords of a Secret as the API server keeps it (base64); the names of missing or unusable keys otherwise. */
export function readPasswords(
  data: Readonly<Record<string, string>> = {},
): RedisPasswords | { missing: readonly string[] } {
  const entries = KEYS.map((key) => [key, Buffer.from(data[key] ?? '', 'base64').toString('utf8')] as const);
  const missing = entries.filter(([, value]) => !/^[A-Za-z0-9_-]{16,}$/.test(value)).map(([key]) => key);
  return missing.length > 0 ? { missing } : (Object.fromEntries(entries) as RedisPasswords);
}

const hash = (password: string): string => `#${createHash('sha256').update(password).digest('hex')}`;

/**
 * Who may do what in Redis. The application can neither change the server (CONFIG, REPLICAOF, ACL, SHUTDOWN are @admin) nor destroy or
 * stall it (FLUSHALL, FLUSHDB, KEYS, DEBUG are @dangerous); it needs INFO and ROLE to tell a primary from a copy.
 */
export function usersAcl(passwords: RedisPasswords): string {
  return [
    // Off: nobody can be this user. Its rights must be whole all the same: Redis 7.0 replays its log as this user and checks the rights at
    // each EXEC, so that without them every write of a script is dropped at a restart ("NOPERM ACLs rules changed").
    'user default off ~* &* +@all',
    `user app on ${hash(passwords.password)} ~* &* +@all -@admin -@dangerous -script|flush -function|flush +info +role`,
    `user replication on ${hash(passwords['replication-password'])} resetkeys resetchannels -@all +psync +replconf +ping`,
    `user probe on ${hash(passwords['probe-password'])} resetkeys resetchannels -@all +ping +info`,
    '',
  ].join('\n');
}

/** How a copy logs in at the primary. */
export function replicationConf(passwords: RedisPasswords): string {
  return `masteruser replication\nmasterauth ${passwords['replication-password']}\n`;
}
