import { ApiError, Deployment, FakeClock, type Resource } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { InvalidChildError } from '../step/outcome.ts';
import { owner } from './owner.fixture.ts';
import { Refusals } from './refusals.ts';

const wanted = (cpu = '1') => ({ metadata: { namespace: 'tags', name: 'demo-api' }, spec: { cpu } });
const invalid = new ApiError(
  {
    code: 422,
    reason: 'Invalid',
    message: 'Deployment.apps "demo-api" is invalid',
    details: {
      causes: [
        {
          field: 'spec.template.spec.containers[0].resources.requests',
          message: 'Invalid value: "2": must be less than or equal to cpu limit of 1',
        },
      ],
    },
  },
  'PATCH /x',
);

let clock: FakeClock;
let refusals: Refusals;
let sent: number;

beforeEach(() => {
  clock = new FakeClock();
  refusals = new Refusals(clock);
  sent = 0;
});

/** One attempt, as a step makes it at each look; answers the error or undefined. */
async function attempt(answer: unknown, cpu?: string): Promise<unknown> {
  try {
    const write = refusals.attempt({ resource: Deployment as Resource, wanted: wanted(cpu), concern: 'api', owner });
    await write(() => {
      sent += 1;
      return answer === undefined ? Promise.resolve('fine') : Promise.reject(answer as Error);
    });
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a child that the API server finds invalid', () => {
  it('is told with the field of the TagService', async () => {
    const error = await attempt(invalid);
    expect(error).toBeInstanceOf(InvalidChildError);
    expect((error as Error).message).toBe(
      'the API server refuses Deployment demo-api: spec.api.pod.resources: "2": must be less than or equal to cpu limit of 1 (spec.template.spec.containers[0].resources.requests): correct the field',
    );
  });

  it('is told with the field of its component when a rollout makes it, and without the regular expression', async () => {
    const { details } = invalid;
    const message =
      "Invalid value: \"bad key!\": name part must consist of alphanumeric characters (e.g. 'MyName', regex used for validation is 'x')";
    const causes = [{ field: 'spec.template.annotations', message }];
    const error = new ApiError({ code: 422, details: { ...details, causes } }, 'PATCH /x');
    const labelled = { metadata: { name: 'demo-compute-1', labels: { 'app.kubernetes.io/component': 'compute' } } };
    const write = refusals.attempt({ resource: Deployment as Resource, wanted: labelled, concern: 'rollout', owner });
    await expect(write(() => Promise.reject(error))).rejects.toThrow(
      'the API server refuses Deployment demo-compute-1: spec.compute.pod.annotations: "bad key!": name part must consist of alphanumeric characters (spec.template.annotations): correct the field',
    );
  });

  it('is not sent again while its content and the time stay', async () => {
    await attempt(invalid);
    expect(await attempt(invalid)).toBeInstanceOf(InvalidChildError);
    expect(sent).toBe(1);
  });

  it('is sent at once when its content changes, and forgotten when that is accepted', async () => {
    await attempt(invalid);
    expect(await attempt(undefined, '500m')).toBeUndefined();
    expect(await attempt(undefined)).toBeUndefined();
    expect(sent).toBe(3);
  });

  it('is tried again within seconds at first, because a refusal may pass, and seldom later', async () => {
    for (let look = 0; look < 300; look++) {
      await attempt(invalid);
      await clock.advance(1_000);
    }
    expect(sent).toBe(10);
    await clock.advance(300_000);
    await attempt(invalid);
    expect(sent).toBe(11);
  });

  it('is no business of another TagService of the same name', async () => {
    await attempt(invalid);
    refusals.forget('u1');
    await attempt(invalid);
    expect(sent).toBe(2);
  });

  it('is also one that the API server cannot even read', async () => {
    const unreadable = new ApiError(
      { code: 400, message: 'Deployment in version "v1": unable to parse quantity' },
      'PATCH /x',
    );
    expect(await attempt(unreadable)).toBeInstanceOf(InvalidChildError);
  });
});

describe('other errors', () => {
  it.each([403, 404, 409, 429, 500, 503])('with code %d are passed on and remembered by nobody', async (code) => {
    const error = new ApiError({ code }, 'PATCH /x');
    expect(await attempt(error)).toBe(error);
    expect(await attempt(error)).toBe(error);
    expect(sent).toBe(2);
  });
});
