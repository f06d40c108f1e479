import { ApiError } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { NoAggregationError, readClientAuthority } from './client-authority.ts';

const reading = (data: Record<string, string> | undefined) =>
  readClientAuthority({ get: () => Promise.resolve({ ...(data && { data }) }) } as never);

describe('who may ask for metrics', () => {
  it('is whoever holds a certificate of the front proxy with one of its names', async () => {
    const data = { 'requestheader-client-ca-file': 'CA', 'requestheader-allowed-names': '["front-proxy-client"]' };
    expect(await reading(data)).toEqual({ ca: 'CA', allowedNames: ['front-proxy-client'] });
  });

  it.each([undefined, '', 'no json', '{}', '[1]'])('is any name when the list is %j', async (names) => {
    const data = {
      'requestheader-client-ca-file': 'CA',
      ...(names !== undefined && { 'requestheader-allowed-names': names }),
    };
    expect(await reading(data)).toEqual({ ca: 'CA', allowedNames: [] });
  });

  it('is nobody in a cluster without aggregation, and the error says which flag is missing', async () => {
    await expect(reading({})).rejects.toBeInstanceOf(NoAggregationError);
    await expect(reading(undefined)).rejects.toThrow('--requestheader-client-ca-file');
  });

  it('stays unknown when it cannot be read', async () => {
    const forbidden = new ApiError({ code: 403, message: 'cannot get configmaps' }, 'GET');
    const client = { get: () => Promise.reject(forbidden) } as never;
    await expect(readClientAuthority(client)).rejects.toBe(forbidden);
  });
});
