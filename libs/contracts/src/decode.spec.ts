import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalUrl, urlHash } from './canonical-url.ts';
import { decodeDeadLetter, decodeTagOutcome, decodeTagRequest, encodeMessage } from './decode.ts';
import { OUTCOME_MAX_BYTES, REQUEST_MAX_BYTES } from './message-formats.ts';
import { newJobId } from './job-id.ts';
import type { DeadLetter, TagOutcome, TagRequest } from './messages.ts';

const page = canonicalUrl('https://example.org/page');
if (!page.ok) throw new Error('the example is not valid');

const request: TagRequest = {
  version: 1,
  jobId: newJobId(page.hash),
  url: page.url,
  urlHash: page.hash,
  acceptedAt: '2026-01-01T00:00:00.000Z',
  replyTo: 'demo-api-0',
};

function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

function problem(value: Uint8Array | null): string {
  const decoded = decodeTagRequest(value);
  return decoded.ok ? 'accepted' : decoded.problem;
}

describe('a message', () => {
  it('is read as it was written', () => {
    expect(decodeTagRequest(bytes(encodeMessage(request)))).toEqual({ ok: true, message: request });
    const outcome: TagOutcome = {
      version: 1,
      outcome: 'done',
      jobId: request.jobId,
      page: {
        url: page.url,
        urlHash: page.hash,
        jobId: request.jobId,
        title: 'T',
        language: 'en',
        taggedAt: request.acceptedAt,
        tags: [{ tag: 'a', score: 0.5, evidence: ['title'] }],
      },
    };
    expect(decodeTagOutcome(bytes(encodeMessage(outcome)))).toEqual({ ok: true, message: outcome });
    const letter: DeadLetter = {
      version: 2,
      reason: { code: 'MESSAGE_SHAPE', detail: 'x' },
      attempts: 1,
      deadAt: request.acceptedAt,
      source: { topic: 't', partition: 0, offset: '9007199254740993' },
      key: null,
      value: null,
      valueBytes: 0,
    };
    expect(decodeDeadLetter(bytes(encodeMessage(letter)))).toEqual({ ok: true, message: letter });
  });

  it('of a newer producer may carry more fields; they are dropped', () => {
    expect(decodeTagRequest(bytes({ ...request, priority: 'high' }))).toEqual({ ok: true, message: request });
  });

  it('of an instance whose rules spell an address otherwise is read, under the hash of that spelling', () => {
    const url = 'https://example.org/caf%c3%a9?utm_source=x';
    const hash = urlHash(url);
    const former = { ...request, url, urlHash: hash, jobId: newJobId(hash) };
    expect(canonicalUrl(url)).not.toMatchObject({ hash });
    expect(decodeTagRequest(bytes(former))).toEqual({ ok: true, message: former });
  });

  it('may say until when its answer is wanted', () => {
    const expiring = { ...request, expiresAt: '2026-01-01T00:00:05.000Z' };
    expect(decodeTagRequest(bytes(expiring))).toEqual({ ok: true, message: expiring });
  });
});

describe('poison', () => {
  it.each<[string, Uint8Array | null, string]>([
    ['a tombstone', null, 'MESSAGE_EMPTY'],
    ['nothing', new Uint8Array(0), 'MESSAGE_EMPTY'],
    ['too much', Buffer.alloc(REQUEST_MAX_BYTES + 1, ' '), 'MESSAGE_TOO_LARGE'],
    ['a truncated message', bytes(JSON.stringify(request).slice(0, -5)), 'MESSAGE_NOT_JSON'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'MESSAGE_NOT_JSON'],
    ['deep nesting', bytes('['.repeat(8000) + ']'.repeat(8000)), 'MESSAGE_SHAPE'],
    ['a text', bytes('"hello"'), 'MESSAGE_SHAPE'],
    ['null', bytes('null'), 'MESSAGE_SHAPE'],
    ['no version', bytes({ ...request, version: undefined }), 'MESSAGE_SHAPE'],
    ['a version in words', bytes({ ...request, version: '1' }), 'MESSAGE_SHAPE'],
    ['a later version', bytes({ ...request, version: 2 }), 'MESSAGE_VERSION'],
    ['a missing field', bytes({ ...request, url: undefined }), 'MESSAGE_SHAPE'],
    ['the URL of another page', bytes({ ...request, url: 'https://EXAMPLE.org/page' }), 'MESSAGE_SHAPE'],
    ['a URL of another scheme', bytes({ ...request, url: 'file:///etc/passwd' }), 'MESSAGE_SHAPE'],
    ['a hash of another URL', bytes({ ...request, urlHash: '0'.repeat(32) }), 'MESSAGE_SHAPE'],
    ['a job of another URL', bytes({ ...request, jobId: newJobId('0'.repeat(32)) }), 'MESSAGE_SHAPE'],
    ['a time without zone', bytes({ ...request, acceptedAt: '2026-01-01T00:00:00' }), 'MESSAGE_SHAPE'],
  ])('%s has a coded reason', (_name, value, code) => {
    expect(problem(value)).toBe(code);
  });

  it('says which fields are wrong', () => {
    const decoded = decodeTagRequest(bytes({ ...request, jobId: 7, replyTo: '' }));
    expect(decoded).toMatchObject({ ok: false, detail: expect.stringMatching(/jobId.*replyTo/) as string });
  });

  it('cannot reach a prototype', () => {
    const decoded = decodeTagRequest(bytes(`{"__proto__":{"polluted":true},${JSON.stringify(request).slice(1)}`));
    expect(decoded).toEqual({ ok: true, message: request });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map(bytes),
          fc.anything().map((any) => bytes(JSON.stringify(any) ?? '')),
        ),
        (value) => {
          for (const decode of [decodeTagRequest, decodeTagOutcome, decodeDeadLetter])
            expect(decode(value).ok).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
    expect(decodeTagOutcome(Buffer.alloc(OUTCOME_MAX_BYTES + 1)).ok).toBe(false);
  });
});
