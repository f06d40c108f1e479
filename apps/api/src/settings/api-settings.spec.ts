import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readApiSettings } from './api-settings.ts';

const minimal = {
  KAFKA_BROKERS: 'kafka:9092',
  KAFKA_TOPIC_PREFIX: 'tags.demo',
  REDIS_URL: 'redis://redis:6379',
  POD_NAME: 'demo-api-7',
  API_AUTH_MODE: 'Anonymous',
};

describe('the settings of the API', () => {
  it('have the documented defaults', () => {
    expect(readApiSettings(minimal)).toMatchObject({
      port: 8080,
      policy: {
        deadlineMs: 5_000,
        freshMs: 86_400_000,
        staleMs: 604_800_000,
        maxInFlight: 256,
        instance: 'demo-api-7',
        topicPrefix: 'tags.demo',
      },
    });
  });

  it('give all instances with the same Redis password the same key for cursors, and others another', () => {
    const keyOf = (over: Record<string, string>) => {
      const { cursorKey } = readApiSettings({ ...minimal, ...over }).policy;
      return Buffer.from(cursorKey).toString('hex');
    };
    const first = keyOf({ REDIS_PASSWORD: 'secret' });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(keyOf({ REDIS_PASSWORD: 'secret', POD_NAME: 'demo-api-8' })).toBe(first);
    const others = [{}, { REDIS_PASSWORD: 'other' }, { REDIS_PASSWORD: 'secret', KAFKA_TOPIC_PREFIX: 'tags.two' }];
    expect(new Set([first, ...others.map(keyOf)]).size).toBe(4);
    expect(first).not.toContain(Buffer.from('secret').toString('hex'));
  });

  it('read the password for that key from the file in which it is mounted', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tagservice-api-')), 'password');
    writeFileSync(file, 'secret\n');
    const mounted = readApiSettings({ ...minimal, REDIS_PASSWORD_FILE: file }).policy.cursorKey;
    expect(mounted).toEqual(readApiSettings({ ...minimal, REDIS_PASSWORD: 'secret' }).policy.cursorKey);
  });

  it.each([
    ['HTTP_PORT', 'http'],
    ['API_DEADLINE_MS', '5s'],
    ['API_FRESH_MS', '-1'],
    ['API_STALE_MS', '1.5'],
    ['API_MAX_IN_FLIGHT', '0'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(() => readApiSettings({ ...minimal, [name]: value })).toThrow(name);
  });
});
