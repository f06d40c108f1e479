import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policy, problemIn } from '../../test/api-harness.ts';
import { startTokenApi } from '../../test/token-api.ts';
import type { TokenApi } from '../../test/token-api.ts';
import { FEATURES } from '../admission/features.ts';
import type { KnownRoute } from '../http/routes.ts';
import { SCOPES } from './caller.ts';

let test: TokenApi;
beforeEach(async () => {
  // The third request of a tenant finds its quota used up.
  const admission = { ...policy.admission, limits: { perMinute: 1, burst: 2 } };
  test = await startTokenApi({ admission });
});
afterEach(() => test.close());

/** Asks a route as a client would: what it asks about is made up. */
function ask({ path, methods }: KnownRoute, headers: Record<string, string> = {}) {
  const url = path.replace(/\{\w+\}/g, 'x');
  return methods.includes('POST') ? test.post(url, {}, headers) : test.get(url, headers);
}

const isProtected = ({ access }: KnownRoute) => access !== 'open';

describe('every route of the API', () => {
  it('is either for who has a scope, or about the service itself and open', () => {
    const open = test.api.routes().filter((route) => !isProtected(route));
    expect([...new Set(open.map(({ path }) => path))]).toEqual(['/openapi.json', '/docs']);
    for (const { access } of test.api.routes().filter(isProtected)) expect(SCOPES).toContain(access);
  });

  it('that is protected answers nobody without a token, nor with one that lacks the scope', async () => {
    for (const route of test.api.routes().filter(isProtected)) {
      const nobody = await ask(route);
      expect(nobody.statusCode, route.path).toBe(401);
      expect(nobody.headers['www-authenticate']).toContain('Bearer');
      expect(problemIn(nobody).code).toBe('TOKEN_MISSING');
      const stranger = await ask(
        route,
        await test.as({ scope: SCOPES.filter((one) => one !== route.access).join(' ') }),
      );
      expect(stranger.statusCode, route.path).toBe(403);
      expect(problemIn(stranger).code).toBe('SCOPE_MISSING');
    }
  });

  it('that is protected counts against the quota of the tenant', async () => {
    for (const [index, route] of test.api.routes().filter(isProtected).entries()) {
      const caller = await test.as({ tenant: `tenant-${String(index)}`, scope: String(route.access) });
      const answers = [await ask(route, caller), await ask(route, caller), await ask(route, caller)];
      expect(answers.map(({ headers }) => headers['ratelimit-policy'])).toEqual(Array(3).fill('"tenant";q=1;w=60'));
      expect(answers.map(({ statusCode }) => statusCode === 429)).toEqual([false, false, true]);
    }
  });

  it('that is open needs no token and counts against nobody', async () => {
    for (const route of test.api.routes().filter((one) => !isProtected(one))) {
      const answer = await ask(route, { accept: '*/*' });
      expect(answer.statusCode, route.path).toBe(200);
      expect(answer.headers).not.toHaveProperty('ratelimit');
    }
  });
});

describe('the parts that can be switched off', () => {
  it('are not there when they are', async () => {
    await test.close();
    test = await startTokenApi({ admission: { ...policy.admission, featuresOff: new Set(FEATURES) } });
    const parts = test.api.routes().filter(({ feature }) => feature !== undefined);
    expect(new Set(parts.map(({ feature }) => feature))).toEqual(
      new Set(['lists', 'related', 'batch', 'events', 'feedback', 'crawls']),
    );
    for (const route of parts) {
      const answer = await ask(route, await test.as({ scope: String(route.access) }));
      expect(answer.statusCode, route.path).toBe(404);
      expect(problemIn(answer).code).toBe('FEATURE_OFF');
    }
  });
});
