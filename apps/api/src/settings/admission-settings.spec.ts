import { describe, expect, it } from 'vitest';
import { readAdmissionSettings } from './admission-settings.ts';

describe('who is let in', () => {
  it('is everybody within the documented defaults', () => {
    expect(readAdmissionSettings({})).toEqual({
      limits: undefined,
      bodyBytes: 65_536,
      shares: { critical: 60, normal: 30, bulk: 10 },
      throttle: 100,
      featuresOff: new Set(),
      trustedProxies: [],
    });
  });

  it('is as declared', () => {
    expect(
      readAdmissionSettings({
        API_REQUESTS_PER_MINUTE: '600',
        API_BURST: '50',
        API_BODY_BYTES: '1024',
        API_PRIORITIES: '50,40,0',
        API_THROTTLE: '0',
        API_FEATURES: 'related=false,lists=true,batch=false',
        API_TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8',
      }),
    ).toEqual({
      limits: { perMinute: 600, burst: 50 },
      bodyBytes: 1_024,
      shares: { critical: 50, normal: 40, bulk: 0 },
      throttle: 0,
      featuresOff: new Set(['related', 'batch']),
      trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
    });
  });

  it.each([
    ['API_REQUESTS_PER_MINUTE', '-1'],
    ['API_BURST', '0'],
    ['API_BODY_BYTES', '12'],
    ['API_PRIORITIES', '60,30'],
    ['API_PRIORITIES', '60,30,20'],
    ['API_THROTTLE', '101'],
    ['API_FEATURES', 'relatd=false'],
    ['API_FEATURES', 'related=off'],
    ['API_TRUSTED_PROXIES', '10.0.0.0'],
    ['API_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['API_TRUSTED_PROXIES', 'gateway'],
    ['API_TRUSTED_PROXIES', '10.0.0.0/8,*'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readAdmissionSettings({ [name]: value })).toThrow(name);
  });
});
