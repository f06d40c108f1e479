import { describe, expect, it } from 'vitest';
import { parseRequest } from './request-info.ts';
import { goneEvent, refusal } from './status.ts';

const get = parseRequest({ method: 'GET', path: '/apis/apps/v1/namespaces/n/deployments/d' });
const create = parseRequest({ method: 'POST', path: '/api/v1/namespaces/n/pods' });
const statusOf = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('a refusal', () => {
  it.each([
    [400, 'BadRequest'],
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [409, 'Conflict'],
    [410, 'Expired'],
    [422, 'Invalid'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
    [504, 'Timeout'],
  ])('%i says %s as the API server does', (code, reason) => {
    const answer = refusal({ code }, get);
    expect(answer.code).toBe(code);
    expect(statusOf(answer.body)).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
    expect(statusOf(answer.body)['message']).not.toBe('');
  });

  it('of a creation with 409 means that it is there already', () => {
    expect(statusOf(refusal({ code: 409 }, create).body)['reason']).toBe('AlreadyExists');
  });

  it('names the object that it is about', () => {
    expect(statusOf(refusal({ code: 404 }, get).body)).toMatchObject({
      message: 'deployments.apps "d" not found',
      details: { name: 'd', group: 'apps', kind: 'deployments' },
    });
  });

  it('says when to come again, in the header and in the Status; with 429 always', () => {
    expect(refusal({ code: 429 }, get).headers['retry-after']).toBe('1');
    const busy = refusal({ code: 503, retryAfterSeconds: 7 }, get);
    expect(busy.headers['retry-after']).toBe('7');
    expect(statusOf(busy.body)).toMatchObject({ details: { retryAfterSeconds: 7 } });
    expect(refusal({ code: 503 }, get).headers['retry-after']).toBeUndefined();
  });

  it('says what it is told to say', () => {
    const answer = statusOf(refusal({ code: 418, reason: 'Teapot', message: 'short and stout' }, get).body);
    expect(answer).toMatchObject({ code: 418, reason: 'Teapot', message: 'short and stout' });
    expect(statusOf(refusal({ code: 499 }, get).body)['message']).toBe('the fault proxy answers with an error');
  });
});

it('ends a watch with one line that holds a Status 410', () => {
  const line = goneEvent(get);
  expect(line.endsWith('\n')).toBe(true);
  expect(JSON.parse(line)).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
});
