import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START, policy, problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { AUDIENCE, ISSUER, keySetOf, signer, tokenOf } from '../../test/tokens.ts';
import type { AdmissionSettings } from '../settings/admission-settings.ts';

const issuer = signer('EdDSA', 'ed-1');
const bees = 'https://example.org/bees';
const page = (index: number) => `https://example.org/page/${String(index)}`;

let folder: string;
let test: TestApi;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  await writeFile(join(folder, 'jwks.json'), keySetOf(issuer));
});
afterEach(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

/** The API with tokens, and these settings of admission. */
async function start(over: Partial<AdmissionSettings> = {}, maxInFlight = 8): Promise<void> {
  const rules = { audience: AUDIENCE, issuer: ISSUER, tenantClaim: 'tenant', toleranceMs: 30_000 };
  test = await startTestApi({
    identity: { mode: 'JWT', rules, keys: { file: join(folder, 'jwks.json') } },
    admission: { ...policy.admission, ...over },
    maxInFlight,
  });
}

async function as(claims: { tenant?: string; class?: string; scope?: string } = {}): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await tokenOf(issuer, START, { claims })}` };
}

const metrics = () => test.registry.metrics();

describe('the quota of a tenant', () => {
  beforeEach(() => start({ limits: { perMinute: 60, burst: 3 } }));

  it('is told with every answer, and ends in a refusal with the time to come back', async () => {
    await test.seed(bees);
    const garden = await as({ tenant: 'garden' });
    const first = await test.tagsOf(bees, garden);
    expect(first.headers).toMatchObject({ 'ratelimit-policy': '"tenant";q=60;w=60', ratelimit: '"tenant";r=2;t=1' });
    await test.tagsOf(bees, garden);
    expect((await test.tagsOf(bees, garden)).headers['ratelimit']).toBe('"tenant";r=0;t=3');
    const refused = await test.tagsOf(bees, garden);
    expect(refused.statusCode).toBe(429);
    expect(problemIn(refused).code).toBe('QUOTA_EXCEEDED');
    expect(refused.headers).toMatchObject({ 'retry-after': '1', ratelimit: expect.stringContaining('r=0') as string });
    expect(await metrics()).toContain('tagservice_api_refused_total{reason="QUOTA_EXCEEDED"} 1');
  });

  it('is nobody else’s, and nobody’s without a token', async () => {
    await test.seed(bees);
    for (let count = 0; count < 5; count += 1) await test.tagsOf(bees);
    for (let count = 0; count < 5; count += 1) await test.tagsOf(bees, await as({ tenant: 'garden' }));
    expect((await test.tagsOf(bees, await as({ tenant: 'kitchen' }))).statusCode).toBe(200);
    expect(await metrics()).not.toContain('garden');
  });

  it('goes on while Redis is away', async () => {
    await test.seed(bees);
    test.quota.setAvailable(false);
    const statuses = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await test.tagsOf(bees, await as())).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
});

describe('more requests than the instance can work on', () => {
  /** Requests that wait for a job until they are let go. */
  async function fill(claims: { class?: string }, count: number, from = 0) {
    const headers = await as(claims);
    return Array.from({ length: count }, (_, index) => test.tagsOf(page(from + index), headers));
  }

  it('are let in by their class: what bulk requests fill is open to critical ones', async () => {
    await start();
    const held = Promise.withResolvers<undefined>();
    await test.compute(async (request) => {
      await held.promise;
      await test.succeed(request);
    });
    const waiting = await fill({ class: 'bulk' }, 8);
    await expect.poll(metrics).toContain('tagservice_api_in_flight 8');
    expect((await test.tagsOf(bees, await as({ class: 'bulk' }))).statusCode).toBe(503);
    const critical = await fill({ class: 'critical' }, 4, 20);
    await expect.poll(metrics).toContain('tagservice_api_in_flight 12');
    held.resolve(undefined);
    const answers = await Promise.all([...waiting, ...critical]);
    expect(answers.map((answer) => answer.statusCode)).toEqual(Array(12).fill(200));
  });

  it('cannot make themselves critical without a token that says so', async () => {
    await start();
    const waiting = await fill({ class: 'normal' }, 8);
    await expect.poll(metrics).toContain('tagservice_api_in_flight 8');
    const headers = { ...(await as()), priority: 'u=0', 'x-priority': 'critical', class: 'critical' };
    expect((await test.tagsOf(bees, headers)).statusCode).toBe(503);
    test.at(120_000);
    await Promise.all(waiting);
  });

  it('get what is remembered, with its age, before a refusal', async () => {
    await start();
    await test.seed(bees);
    const caller = await as();
    await test.tagsOf(bees, caller);
    test.at(61_000);
    const waiting = await fill({}, 8);
    await expect.poll(metrics).toContain('tagservice_api_in_flight 8');
    const answer = await test.tagsOf(bees, caller);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['age']).toBe('61');
    expect(answer.json()).toMatchObject({ url: bees, stale: true });
    const refused = await test.tagsOf(page(99), caller);
    expect(refused.statusCode).toBe(503);
    expect(problemIn(refused).code).toBe('OVERLOADED');
    expect((await test.get('/v1/tags/bees/urls', caller)).statusCode).toBe(503);
    expect(await metrics()).toContain('tagservice_api_refused_total{reason="OVERLOADED"} 3');
    test.at(120_000);
    await Promise.all(waiting);
  });

  it('are refused first where they are repeats of refused ones', async () => {
    await start();
    const caller = await as();
    const waiting = await fill({}, 8);
    await expect.poll(metrics).toContain('tagservice_api_in_flight 8');
    const codes = new Map<string, number>();
    for (let count = 0; count < 40; count += 1) {
      const { code } = problemIn(await test.tagsOf(page(50), { ...caller, 'retry-attempt': count === 0 ? '0' : '1' }));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes.get('OVERLOADED')).toBe(21);
    expect(codes.get('RETRIES_EXHAUSTED')).toBe(19);
    test.at(120_000);
    await Promise.all(waiting);
  });
});

describe('a queue that is longer than there is time for', () => {
  beforeEach(() => start({}, 100));

  /** Lets the API look at the queue twice: so many jobs lie there, and ten a second are done. */
  async function queueOf(lag: number): Promise<void> {
    test.setQueue({ lag, done: 0 });
    await test.tagsOf(page(1), { ...(await as()), prefer: 'respond-async' });
    const started = performance.now();
    await expect.poll(() => performance.now() - started, { timeout: 3_000 }).toBeGreaterThan(1_005);
    test.setQueue({ lag, done: 10 });
    await test.tagsOf(page(2), { ...(await as()), prefer: 'respond-async' });
  }

  it('refuses at once who would wait in vain, says when to come back, and still takes work to be done later', async () => {
    await queueOf(100);
    const refused = await test.tagsOf(page(3), await as());
    expect(refused.statusCode).toBe(503);
    expect(problemIn(refused).code).toBe('QUEUE_TOO_LONG');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(8);
    expect((await test.tagsOf(page(3), { ...(await as()), prefer: 'respond-async' })).statusCode).toBe(202);
    await test.seed(bees);
    expect((await test.tagsOf(bees, await as())).statusCode).toBe(200);
    test.setQueue({ lag: 200_000, done: 10 });
    expect(await metrics()).toContain('tagservice_api_refused_total{reason="QUEUE_TOO_LONG"} 1');
  });
});

describe('a declared brown-out', () => {
  it('lets its part through, and what is remembered besides', async () => {
    await start({ throttle: 50 });
    await test.seed(bees);
    const caller = await as();
    const statuses = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await test.get('/v1/tags/bees/urls', caller)).statusCode);
    expect(statuses).toEqual([503, 200, 503, 200, 503, 200]);
    const first = await test.tagsOf(bees, caller);
    expect(problemIn(first).code).toBe('REDUCED');
    expect((await test.tagsOf(bees, caller)).statusCode).toBe(200);
    expect((await test.tagsOf(bees, caller)).statusCode).toBe(200);
    expect((await test.get('/openapi.json')).statusCode).toBe(200);
  });
});

describe('a part that is switched off', () => {
  beforeEach(() => start({ featuresOff: new Set(['lists']) }));
  const lists = '/v1/tags/bees/urls';

  it('is not there, for anybody', async () => {
    const answer = await test.get(lists, await as());
    expect(answer.statusCode).toBe(404);
    expect(problemIn(answer).code).toBe('FEATURE_OFF');
  });

  it('is there for a request of an administrator who asks for it', async () => {
    const tester = await as({ scope: 'tags:read admin' });
    expect((await test.get(lists, { ...tester, 'x-tagservice-features': 'lists=on' })).statusCode).toBe(200);
    expect((await test.get(lists, { ...tester, 'x-tagservice-features': 'batch=off, lists=off' })).statusCode).toBe(
      404,
    );
    expect((await test.get(lists, tester)).statusCode).toBe(404);
  });

  it('cannot be switched on by others, nor by a word that is not known', async () => {
    const refused = await test.get(lists, { ...(await as()), 'x-tagservice-features': 'lists=on' });
    expect(problemIn(refused).code).toBe('SCOPE_MISSING');
    const tester = await as({ scope: 'tags:read admin' });
    for (const header of ['lists', 'lists=1', 'listen=on', '__proto__=on', `${'lists=on,'.repeat(200)}x`]) {
      const answer = await test.get(lists, { ...tester, 'x-tagservice-features': header });
      expect(problemIn(answer).code, header).toBe('PARAMETER_INVALID');
    }
  });
});

describe('the size of a body', () => {
  it('is bounded as declared', async () => {
    await start({ bodyBytes: 2_000 });
    const answer = await test.post('/v1/tags:batch', { urls: ['a'.repeat(3_000)] }, await as());
    expect(answer.statusCode).toBe(413);
    expect(problemIn(answer).code).toBe('REQUEST_TOO_LARGE');
  });
});
