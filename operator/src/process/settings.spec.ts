import { ConfigurationError } from '@tagservice/service-kit';
import { describe, expect, it } from 'vitest';
import { HELP, readSettings } from './settings.ts';

const least = { POD_NAMESPACE: 'system', POD_NAME: 'operator-1' };

describe('the settings of the operator', () => {
  it('need only the pod to be named', () => {
    expect(readSettings(least)).toMatchObject({
      METRICS_API_PORT: 6_443,
      HEALTH_PORT: 8_080,
      LOG_LEVEL: 'info',
      EXTERNAL_METRICS: 'true',
    });
    expect(readSettings({ ...least, WATCH_NAMESPACE: '' }).WATCH_NAMESPACE).toBeUndefined();
  });

  it.each([
    ['METRICS_API_PORT', '70000'],
    ['HEALTH_PORT', 'eighty'],
    ['LOG_LEVEL', 'loud'],
    ['EXTERNAL_METRICS', 'no'],
    ['WATCH_NAMESPACE', 'Not A Name'],
  ])('that are wrong are told with name, value and remedy: %s', (name, value) => {
    expect(() => readSettings({ ...least, [name]: value })).toThrow(ConfigurationError);
    expect(() => readSettings({ ...least, [name]: value })).toThrow(new RegExp(`${name}: .*${value}.*\\. Give `));
  });

  it('that are missing are all told at once', () => {
    expect(() => readSettings({})).toThrow(/POD_NAMESPACE[^]*POD_NAME: is required/);
  });

  it('all stand in the help', () => {
    for (const name of Object.keys(readSettings({ ...least, WATCH_NAMESPACE: 'x' }))) expect(HELP).toContain(name);
  });
});
