import { describe, expect, it } from 'vitest';
import { newClient } from './new-client.ts';

describe('clients of the library', () => {
  it('share a class, and nothing that they were given', () => {
    const [one, other] = [
      newClient({ url: 'redis://ann:first@127.0.0.1:6390/3', disableOfflineQueue: true }),
      newClient({ url: 'redis://127.0.0.2:6391', commandOptions: { timeout: 0 } }),
    ];
    expect(one.constructor).toBe(other.constructor);
    expect(one.options).toMatchObject({
      socket: { host: '127.0.0.1', port: 6390 },
      username: 'ann',
      database: 3,
      disableOfflineQueue: true,
    });
    expect(other.options).toMatchObject({ socket: { host: '127.0.0.2', port: 6391 }, commandOptions: { timeout: 0 } });
    for (const key of ['username', 'password', 'database', 'disableOfflineQueue', 'credentialsProvider'])
      expect(other.options, key).not.toHaveProperty(key);
  });
});
