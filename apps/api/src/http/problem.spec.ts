import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { problemAnswerSchema, problemCodes, problems } from '@tagservice/contracts';
import { BusClosed, BusUnavailable, TopicMissing } from '@tagservice/event-bus';
import { InvalidCursor, StoreUnavailable } from '@tagservice/tag-store';
import { describe, expect, it } from 'vitest';
import { byId } from '../jobs/job-names.ts';
import { Problem, invalidParameter } from './problem.error.ts';
import { toProblem } from './problem.filter.ts';

describe('a problem of the catalogue', () => {
  it.each(problemCodes)('%s has a body by the schema, with status, remedy and trace', (code) => {
    const body = new Problem(code, { detail: 'This time.' }).body('0af7651916cd43dd8448eb211c80319c', byId);
    expect(problemAnswerSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      code,
      status: problems[code].status,
      fix: problems[code].remedy,
      detail: 'This time.',
      instance: 'urn:trace:0af7651916cd43dd8448eb211c80319c',
    });
  });

  it.each(problemCodes)('%s names a time to come back if, and only if, coming back helps', (code) => {
    const retry: string = problems[code].retry;
    expect('retry-after' in new Problem(code).headers()).toBe(retry === 'after' || retry === 'now');
  });

  it('is never kept by a cache', () => {
    expect(new Problem('NOT_FOUND').headers()).toEqual({ 'cache-control': 'no-store' });
  });

  it('carries headers and the job of its occurrence, and keeps headers out of the body', () => {
    const problem = new Problem('FETCH_DNS', { job: 'a-b', headers: { allow: 'GET' } });
    expect(problem.headers()).toMatchObject({ allow: 'GET' });
    expect(problem.body(undefined, byId)).toMatchObject({ job: 'a-b' });
    expect(problem.body(undefined, (job) => ({ ...job, id: `${job.id}-theirs` }))).toMatchObject({ job: 'a-b-theirs' });
    expect(problem.body(undefined, byId)).not.toHaveProperty('headers');
    expect(problem.body(undefined, byId)).not.toHaveProperty('instance');
  });

  it('about a parameter says which, and how to repair it', () => {
    expect(invalidParameter('limit', 'limit is not a number.', 'Give a number.').body(undefined, byId)).toMatchObject({
      code: 'PARAMETER_INVALID',
      errors: [{ pointer: 'limit', detail: 'limit is not a number.', fix: 'Give a number.' }],
    });
  });
});

describe('an error', () => {
  it.each([
    [new StoreUnavailable('redis:6379', 'refused'), 'STORE_UNAVAILABLE'],
    [new BusUnavailable(['kafka:9092'], 'refused'), 'QUEUE_UNAVAILABLE'],
    [new TopicMissing('tags.demo.tag-requests'), 'QUEUE_UNAVAILABLE'],
    [new BusClosed(), 'QUEUE_UNAVAILABLE'],
    [new InvalidCursor(), 'CURSOR_INVALID'],
    [new NotFoundException(), 'NOT_FOUND'],
    [new BadRequestException('Malformed.'), 'PARAMETER_INVALID'],
    [new HttpException('too large', 413), 'REQUEST_TOO_LARGE'],
    [Object.assign(new Error('headers'), { statusCode: 431 }), 'REQUEST_TOO_LARGE'],
    [new TypeError('x is undefined'), 'INTERNAL'],
    [new HttpException('teapot', 500), 'INTERNAL'],
    ['a string', 'INTERNAL'],
    [undefined, 'INTERNAL'],
  ])('%s is %s to the caller', (error, code) => {
    expect(toProblem(error).code).toBe(code);
  });

  it('of the inside does not show in the answer', () => {
    const answer = JSON.stringify(toProblem(new StoreUnavailable('10.1.2.3:6379', 'WRONGPASS')).body(undefined, byId));
    expect(answer).not.toMatch(/10\.1\.2\.3|WRONGPASS/);
  });
});
