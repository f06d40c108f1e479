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
