import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorReference } from './error-reference.ts';
import { isProblemCode, problemCodes, problemDocument, problemType, problems } from './errors.ts';
import { problemAnswerSchema } from './http.ts';

describe('the catalogue', () => {
  it.each(problemCodes.map((code) => [code] as const))('%s says what happened, why, and what to do', (code) => {
    const { title, cause, remedy, status } = problems[code];
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(cause).toMatch(/^[A-Z].*\.$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });

  it('promises a retry for what the service itself causes or time alone mends, and none for what the caller did', () => {
    const mendedByTime = [409, 429];
    for (const code of problemCodes) {
      const { surface, status, retry } = problems[code];
      if (surface !== 'http') continue;
      expect(retry === 'never', code).toBe(status < 500 && !mendedByTime.includes(status));
    }
  });

  it('has one type for each code', () => {
    expect(new Set(problemCodes.map(problemType)).size).toBe(problemCodes.length);
    expect(problemType('QUEUE_TOO_LONG')).toBe('https://tagservice.dev/problems/queue-too-long');
  });

  it('knows its codes from other texts', () => {
    expect(isProblemCode('URL_HOST')).toBe(true);
    expect(isProblemCode('toString')).toBe(false);
  });

  it('is what the reference page shows', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/errors.md'), 'utf8');
    expect(page).toBe(errorReference());
    for (const code of problemCodes) expect(page).toContain(`### ${code}\n`);
  });
});

describe('an answer with a problem', () => {
  it('carries title, status and remedy of the catalogue and the detail of this time', () => {
    const body = problemDocument('URL_SCHEME', { detail: 'ftp: is not supported', instance: '/v1/tags' });
    expect(body).toEqual({
      type: 'https://tagservice.dev/problems/url-scheme',
      title: problems.URL_SCHEME.title,
      status: 422,
      code: 'URL_SCHEME',
      fix: problems.URL_SCHEME.remedy,
      detail: 'ftp: is not supported',
      instance: '/v1/tags',
    });
    expect(problemAnswerSchema.parse(body)).toEqual(body);
  });
});
