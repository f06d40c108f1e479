import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { apiAccess } from './api.access.ts';
import { apiTemplate } from './api.plan.ts';

type Auth = NonNullable<NonNullable<Parameters<typeof service>[0]>['api']>['auth'];
const accessOf = (auth: Auth = {}) => apiAccess(service({ api: { auth: auth ?? {} } }));

describe('what pods of the API are given to know callers', () => {
  it('is the public key that the operator made, and never the one that signs', () => {
    const { env, volumes, mounts } = accessOf();
    expect(env).toMatchObject({ API_AUTH_MODE: 'JWT', API_AUTH_KEYS_FILE: '/etc/tagservice/identity/keys' });
    expect(volumes).toEqual([
      {
        name: 'identity',
        secret: { secretName: 'demo-api-keys', defaultMode: 0o440, items: [{ key: 'jwks.json', path: 'keys' }] },
      },
    ]);
    expect(mounts).toEqual([{ name: 'identity', mountPath: '/etc/tagservice/identity', readOnly: true }]);
    expect(JSON.stringify(apiTemplate(service(), 'tagservice/api:1'))).not.toContain('signing');
  });

  it('is the Secret that the resource names, checked for the audience of this service and any issuer', () => {
    const { env, volumes } = accessOf({ keysSecretRef: { name: 'issuer', key: 'keys.pem' } });
    expect(env).toMatchObject({ API_AUTH_AUDIENCE: 'tags/demo', API_AUTH_KEYS_FILE: '/etc/tagservice/identity/keys' });
    expect(env).not.toHaveProperty('API_AUTH_ISSUER');
    expect(volumes).toMatchObject([{ secret: { secretName: 'issuer', items: [{ key: 'keys.pem', path: 'keys' }] } }]);
  });

  it('is the address of an issuer elsewhere, with its name and audience', () => {
    const { env, volumes } = accessOf({
      jwksUrl: 'https://issuer.example.org/jwks.json',
      issuer: 'https://issuer.example.org',
      audience: 'tags',
      tenantClaim: 'org_id',
    });
    expect(env).toEqual({
      API_AUTH_MODE: 'JWT',
      API_AUTH_ISSUER: 'https://issuer.example.org',
      API_AUTH_AUDIENCE: 'tags',
      API_AUTH_TENANT_CLAIM: 'org_id',
      API_AUTH_JWKS_URL: 'https://issuer.example.org/jwks.json',
    });
    expect(volumes).toEqual([]);
  });

  it('is nothing where the service is declared to be open', () => {
    expect(accessOf({ mode: 'Anonymous' })).toEqual({ env: { API_AUTH_MODE: 'Anonymous' }, volumes: [], mounts: [] });
  });
});
