import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiPolicy } from '../src/settings/api-settings.ts';
import { START, startTestApi } from './api-harness.ts';
import { AUDIENCE, ISSUER, keySetOf, signer, tokenOf } from './tokens.ts';

/** What a test says about a caller; the rest is as in {@link tokenOf}. */
export interface CallerClaims {
  readonly tenant?: string;
  readonly scope?: string;
}

/** The API that lets in who has a token of a test issuer. */
export async function startTokenApi(over: Partial<ApiPolicy> = {}) {
  const issuer = signer('EdDSA', 'ed-1');
  const folder = await mkdtemp(join(tmpdir(), 'keys-'));
  const file = join(folder, 'jwks.json');
  await writeFile(file, keySetOf(issuer));
  const rules = { audience: AUDIENCE, issuer: ISSUER, tenantClaim: 'tenant', toleranceMs: 30_000 };
  const test = await startTestApi({ ...over, identity: { mode: 'JWT', rules, keys: { file } } });
  return {
    ...test,
    /** Headers of a caller. */
    as: async (claims: CallerClaims): Promise<Record<string, string>> => ({
      authorization: `Bearer ${await tokenOf(issuer, START, { claims: { ...claims } })}`,
    }),
    async close() {
      await test.close();
      await rm(folder, { recursive: true });
    },
  };
}

export type TokenApi = Awaited<ReturnType<typeof startTokenApi>>;
