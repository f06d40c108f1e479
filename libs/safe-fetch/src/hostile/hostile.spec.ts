import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answers } from './answers.ts';
import { bodies } from './bodies.ts';
import { controls } from './controls.ts';
import { dnsAnswers } from './dns-answers.ts';
import { redirects } from './redirects.ts';
import { openStage, simplePage, stageOptions } from './stage.ts';
import type { Stage } from './stage.ts';
import { urlForms } from './url-forms.ts';

/** What every refusal tells the caller, whatever its reason. */
const detail = 'The page is not at a public address.';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => {
  stage.received.length = 0;
  stage.answer = simplePage;
  stage.names.clear();
});

describe('a URL', () => {
  const cases = urlForms.flatMap(({ what, reason, urls }) => urls.map((url) => ({ what, reason, url })));
  it.each(cases)('$url is refused: $what', async ({ url, reason }) => {
    const result = await stage.fetcher()(url, stageOptions);
    expect(result).toEqual({ ok: false, code: 'FETCH_REFUSED', detail, retriable: false, reason });
    expect(stage.received).toEqual([]);
  });
});

describe('a public name that resolves to', () => {
  it.each(dnsAnswers)('$what is refused', async ({ addresses, reason }) => {
    stage.names.set('rebind.example.org', addresses);
    const result = await stage.fetcher()('http://rebind.example.org/', stageOptions);
    expect(result).toEqual({ ok: false, code: 'FETCH_REFUSED', detail, retriable: false, reason });
    expect(stage.received).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each(redirects)('$what is not followed', async ({ locations, status = 302, ...chain }) => {
    stage.names.set('inside.example.org', ['10.0.0.7']);
    stage.answer = (request, socket) => {
      const location = [locations[stage.received.length - 1] ?? []].flat();
      if (stage.received.length > locations.length) simplePage(request, socket);
      else
        socket.end(
          `HTTP/1.1 ${String(status)} Moved\r\n${location.map((to) => `location: ${to}\r\n`).join('')}content-length: 0\r\n\r\n`,
        );
    };
    const result = await stage.fetcher()(chain.from ?? 'http://start.example.org/', stageOptions);
    expect(result).toMatchObject({ ok: false, code: chain.code, reason: chain.reason, retriable: false });
    if (chain.code === 'FETCH_REFUSED') expect(result).toMatchObject({ detail });
    expect(stage.received).toHaveLength(chain.requests);
  });
});

describe('a host that answers with', () => {
  it.each(answers)('$what gets no page of its own', async ({ send, code, reason }) => {
    stage.answer = (_request, socket) => {
      if (typeof send === 'function') send(socket);
      else socket.end(send);
    };
    const started = performance.now();
    // Only who sends nothing in time needs a time that is soon over.
    const options = code === 'FETCH_TIMEOUT' ? { ...stageOptions, timeoutMs: 400 } : stageOptions;
    const result = await stage.fetcher()('http://start.example.org/', options);
    expect(result).toMatchObject({ ok: false, code, ...(reason !== undefined && { reason }) });
    expect(performance.now() - started).toBeLessThan(9_000);
  });
});

describe('a body', () => {
  it.each(bodies)(
    'that is $what ($encoding) is refused and costs little',
    async ({ encoding, body, again, code, reason }) => {
      const sent = body();
      const more = again?.();
      const head = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: ${encoding}\r\n\r\n`;
      stage.answer = (_request, socket) => {
        const repeat = (): void => {
          while (more !== undefined && !socket.destroyed && socket.write(more));
        };
        socket.write(head);
        socket.write(sent);
        if (more === undefined) socket.end();
        else repeat();
        socket.on('drain', repeat);
      };
      const rss = process.memoryUsage().rss;
      const started = performance.now();
      const result = await stage.fetcher()('http://start.example.org/', stageOptions);
      expect(result).toMatchObject({ ok: false, code, reason });
      expect(performance.now() - started).toBeLessThan(9_000);
      expect(process.memoryUsage().rss - rss).toBeLessThan(32 * 1024 * 1024);
    },
  );
});

describe('an honest page', () => {
  it.each(controls)('at $url is fetched', async ({ url, host, addresses, allowedNetworks = [] }) => {
    if (addresses !== undefined) stage.names.set(host.replace(/:\d+$/, ''), addresses);
    const result = await stage.fetcher()(url, { ...stageOptions, allowedNetworks });
    expect(result).toMatchObject({ ok: true, html: '<p>Bees.\n' });
    expect(stage.received.join('')).toContain(`\r\nhost: ${host}\r\n`);
  });
});

describe('the corpus', () => {
  it('has at least 250 cases', () => {
    const urls = urlForms.flatMap(({ urls: some }) => some);
    expect(new Set(urls).size).toBe(urls.length);
    expect(urls.length + dnsAnswers.length + redirects.length + answers.length + bodies.length).toBeGreaterThanOrEqual(
      250,
    );
    expect(controls.length).toBeGreaterThanOrEqual(50);
  });
});
