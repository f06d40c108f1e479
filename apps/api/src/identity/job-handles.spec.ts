import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newJobId } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START, problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { AUDIENCE, ISSUER, keySetOf, signer, tokenOf } from '../../test/tokens.ts';
import { JobHandles } from './job-handles.ts';

describe('the name of a job', () => {
  const handles = new JobHandles(new Uint8Array(32).fill(7));
  const job = newJobId('0'.repeat(32));
  const tenant = fc.stringMatching(/^[!-~]{1,40}$/);

  it('leads its tenant to the job, and nobody else', () => {
    fc.assert(
      fc.property(tenant, tenant, (one, other) => {
        expect(handles.open(one, handles.seal(one, job))).toBe(job);
        if (one !== other) expect(handles.open(other, handles.seal(one, job))).toBeUndefined();
      }),
    );
  });

  it('is the same from every instance, and another under another key', () => {
    expect(new JobHandles(new Uint8Array(32).fill(7)).seal('a', job)).toBe(handles.seal('a', job));
    expect(new JobHandles(new Uint8Array(32)).open('a', handles.seal('a', job))).toBeUndefined();
  });

  it('cannot be changed or made up', () => {
    const name = handles.seal('a', job);
    for (let place = 0; place < name.length; place += 1) {
      const changed = name.slice(0, place) + (name[place] === '0' ? '1' : '0') + name.slice(place + 1);
      expect(handles.open('a', changed)).toBeUndefined();
    }
    for (const text of ['', job, `${job}-`, `${job}-${'0'.repeat(32)}`, `${name}0`, ` ${name}`, name.toUpperCase()])
      expect(handles.open('a', text)).toBeUndefined();
  });
});

describe('jobs of several tenants', () => {
  const issuer = signer('EdDSA', 'ed-1');
  const bees = 'https://example.org/bees';
  let folder: string;
  let test: TestApi;
  let garden: Record<string, string>;
  let kitchen: Record<string, string>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
    const file = join(folder, 'jwks.json');
    await writeFile(file, keySetOf(issuer));
    const rules = { audience: AUDIENCE, issuer: ISSUER, tenantClaim: 'tenant', toleranceMs: 30_000 };
    test = await startTestApi({ identity: { mode: 'JWT', rules, keys: { file } } });
    const headers = async (tenant: string) => ({
      authorization: `Bearer ${await tokenOf(issuer, START, { claims: { tenant } })}`,
    });
    [garden, kitchen] = await Promise.all([headers('garden'), headers('kitchen')]);
  });
  afterEach(async () => {
    await test.close();
    await rm(folder, { recursive: true });
  });

  const accepted = async (tenant: Record<string, string>) => {
    const answer = await test.tagsOf(bees, { ...tenant, prefer: 'respond-async' });
    expect(answer.statusCode).toBe(202);
    return answer.json<{ job: { id: string }; location: string }>();
  };

  it('are one job, under a name for each tenant that is a name to nobody else', async () => {
    const theirs = await accepted(garden);
    const others = await accepted(kitchen);
    expect(theirs.location).not.toBe(others.location);
    expect(theirs.job.id.slice(0, 49)).toBe(others.job.id.slice(0, 49));
    expect((await test.get(theirs.location, garden)).json()).toMatchObject({ id: theirs.job.id, url: bees });
    for (const [location, tenant] of [
      [theirs.location, kitchen],
      [others.location, garden],
      [`/v1/jobs/${theirs.job.id.slice(0, 49)}`, garden],
    ] as const) {
      const answer = await test.get(location, tenant);
      expect(answer.statusCode).toBe(404);
      const { instance: _, ...never } = problemIn(await test.get('/v1/jobs/nonsense', tenant));
      expect(problemIn(answer)).toMatchObject(never);
    }
  });

  it('are named in problems as their tenant calls them', async () => {
    await test.compute((request) => test.fail(request, { code: 'FETCH_DNS', detail: 'The host name has no address.' }));
    const problem = problemIn(await test.tagsOf(bees, garden));
    expect(problem.code).toBe('FETCH_DNS');
    const job = `/v1/jobs/${String(problem.job)}`;
    expect((await test.get(job, garden)).json()).toMatchObject({ status: 'failed', id: problem.job });
    expect((await test.get(job, kitchen)).statusCode).toBe(404);
  });
});
