import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { classifyAddress } from '../address.ts';
import type { Layers } from '../layers.ts';
import { dnsAnswers } from './dns-answers.ts';
import { openStage, stageOptions } from './stage.ts';
import type { Stage } from './stage.ts';
import { urlForms } from './url-forms.ts';

const off: Layers = { url: false, address: false, socket: false };
const alone = {
  url: { ...off, url: true },
  address: { ...off, address: true },
  socket: { ...off, socket: true },
};
type LayerName = keyof typeof alone;

const insideNames: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.default.svc': ['10.96.0.1'],
  'metadata.google.internal': ['169.254.169.254'],
};

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => {
  stage.received.length = 0;
  stage.names.clear();
});

async function refusedBy(layer: LayerName, url: string): Promise<void> {
  const result = await stage.fetcher(alone[layer])(url, stageOptions);
  expect(result, `${layer}: ${url}`).toMatchObject({ ok: false, code: 'FETCH_REFUSED' });
  expect(stage.received, `${layer}: nothing is sent to ${url}`).toEqual([]);
}

/** What the resolver of a cluster would say about a name of the inside. */
function tellInsideNames(url: string): void {
  const host = URL.parse(url)?.hostname.replace(/\.$/, '') ?? '';
  if (!host.startsWith('example.org')) stage.names.set(host, insideNames[host] ?? ['10.0.0.7']);
}

describe('the check of the URL alone', () => {
  it.each(urlForms)('refuses $what', async ({ urls }) => {
    for (const url of urls) await refusedBy('url', url);
  });
});

describe.each(['address', 'socket'] as const)('the check of the %s alone', (layer) => {
  it.each(urlForms.filter(({ layers }) => layers === 'every'))('refuses $what', async ({ urls }) => {
    for (const url of urls) {
      tellInsideNames(url);
      await refusedBy(layer, url);
    }
  });

  it.each(dnsAnswers)('refuses a name that resolves to $what', async ({ addresses }) => {
    // The socket knows only the address that was dialled: one that leads inside.
    const inside = addresses.filter((address) => classifyAddress(address, []).verdict === 'refused');
    stage.names.set('rebind.example.org', layer === 'socket' ? inside : addresses);
    await refusedBy(layer, 'http://rebind.example.org/');
  });
});

describe('the check of the socket', () => {
  it('refuses a connection that ends elsewhere than was dialled', async () => {
    const fetch = stage.fetcher({}, { peerOf: () => ({ address: '10.0.0.1', port: 80 }) });
    expect(await fetch('http://example.org/', stageOptions)).toMatchObject({
      code: 'FETCH_REFUSED',
      reason: 'private',
    });
    expect(stage.received).toEqual([]);
  });

  it('comes before the hello of TLS, which would carry a name into the inside', async () => {
    const fetch = stage.fetcher(alone.socket);
    expect(await fetch('https://127.0.0.1/', stageOptions)).toMatchObject({
      code: 'FETCH_REFUSED',
      reason: 'loopback',
    });
    expect(stage.received).toEqual([]);
  });

  it('fails closed where the other end is not known', async () => {
    const fetch = stage.fetcher(alone.socket, { peerOf: () => ({ address: '', port: 0 }) });
    expect(await fetch('http://example.org/', stageOptions)).toMatchObject({
      code: 'FETCH_REFUSED',
      reason: 'invalid',
    });
  });
});

describe('with every check off', () => {
  it('the stage itself would let anything through: it is the checks that refuse', async () => {
    const fetch = stage.fetcher(off);
    for (const url of ['http://127.0.0.1/', 'http://[fd00::1]/', 'http://localhost/', 'http://example.org:22/']) {
      expect(await fetch(url, stageOptions), url).toMatchObject({ ok: true });
    }
    expect(stage.received).toHaveLength(4);
  });
});
