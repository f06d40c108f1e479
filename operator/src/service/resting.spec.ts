import { describe, expect, it } from 'vitest';
import { FakeClock } from '@tagservice/controller-runtime';
import type { TagServiceObject } from '../resource.ts';
import { RestingServices } from './resting.ts';

const service = (uid: string): TagServiceObject => ({ metadata: { uid } }) as TagServiceObject;

function resting(count: number, random = 0): RestingServices {
  const services = new RestingServices(new FakeClock(), () => random);
  for (let n = 0; n < count; n += 1) services.note(service(String(n)), { seen: '', again: 10_000 });
  return services;
}

describe('services at rest', () => {
  it('are looked at as often as each of them wants while they are few', () => {
    expect(resting(250).again(10_000)).toBe(10_000);
    expect(resting(100).again(5_000)).toBe(5_000);
  });

  it('share 25 looks a second at least when they are many, spread at random over the second half of the time', () => {
    expect(resting(1_000).again(10_000)).toBe(40_000);
    expect(resting(1_000, 0.5).again(5_000)).toBe(30_000);
    expect(resting(1_000, 0.999).again(10_000)).toBe(20_020);
  });

  it('leave their share to the others when they are gone', () => {
    const services = resting(500);
    for (let n = 0; n < 250; n += 1) services.forget(String(n));
    expect(services.again(10_000)).toBe(10_000);
  });
});
