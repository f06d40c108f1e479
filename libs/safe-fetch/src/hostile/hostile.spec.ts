import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dnsAnswers } from './dns-answers.ts';
import { openStage, stageOptions } from './stage.ts';
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
