import { describe, expect, it } from 'vitest';
import type { Right } from './rights.ts';
import { leastPodsFor, othersGoOn, storyOf, wrongWith } from './story.ts';

const right = (verb: string, resource: string, group = ''): Right => ({ verb, resource, group });

describe('how a right comes to be needed', () => {
  it.each([
    ['declared', right('list', 'deployments', 'apps')],
    ['declared', right('patch', 'services')],
    ['declared', right('get', 'tagservicerevisions', 'tagservice.dev')],
    ['declared', right('list', 'tagserviceoperations', 'tagservice.dev')],
    ['declared', right('watch', 'tagserviceoperations', 'tagservice.dev')],
    ['changed', right('create', 'tagserviceoperations', 'tagservice.dev')],
    ['changed', right('get', 'tagserviceoperations', 'tagservice.dev')],
    ['changed', right('patch', 'tagserviceoperations/status', 'tagservice.dev')],
    ['unbounded', right('delete', 'networkpolicies', 'networking.k8s.io')],
    ['deleted', right('delete', 'deployments', 'apps')],
    ['deleted', right('list', 'persistentvolumeclaims')],
    ['deleted', right('delete', 'persistentvolumeclaims')],
  ] as const)('%s: %o', (story, needed) => {
    expect(storyOf(needed)).toBe(story);
  });
});

const taken = right('list', 'deployments', 'apps');
const words = 'User "operator" cannot list resource "deployments" in API group "apps"';
const told = [
  { type: 'Ready', status: 'False', reason: 'ApiServerRefused', message: `RolloutHealthy: ${words}` },
  { type: 'Degraded', status: 'True', reason: 'ApiServerRefused', message: `RolloutHealthy: ${words}` },
  { type: 'TopicsReady', status: 'True', reason: 'TopicsAsDeclared', message: 'fine' },
  { type: 'RolloutHealthy', status: 'False', reason: 'ApiServerRefused', message: words },
] as const;
type Told = { type: string; status: 'True' | 'False' | 'Unknown'; reason: string; message: string };
const but = (type: string, change: Partial<Told>): Told[] =>
  told.map((one) => (one.type === type ? { ...one, ...change } : one));

describe('a refusal', () => {
  it('is told when a condition names it and the service is not ready', () => {
    expect(wrongWith(told, taken)).toBeUndefined();
  });

  it.each([
    ['no condition names it', []],
    ['no condition names it', told.map((one) => ({ ...one, message: words.replace('list', 'watch') }))],
    ['its reason is not ApiServerRefused', told.map((one) => ({ ...one, reason: 'Checking' }))],
    ['Ready is not False', but('Ready', { status: 'True' })],
    ['Degraded is not True', told.filter(({ type }) => type !== 'Degraded')],
  ])('is not told well: %s', (problem, conditions) => {
    expect(wrongWith(conditions, taken)).toBe(problem);
  });

  it('leaves other parts alone where one of those that need no other is as declared', () => {
    expect(othersGoOn(told)).toBe(true);
    expect(othersGoOn(but('TopicsReady', { status: 'Unknown' }))).toBe(false);
    expect(othersGoOn(but('TopicsReady', { type: 'RedisReady' }))).toBe(true);
    expect(othersGoOn(but('TopicsReady', { type: 'LagKnown' }))).toBe(false);
  });
});

describe('a right to scale', () => {
  it('is needed only where one pod is not enough', () => {
    expect(leastPodsFor(right('patch', 'deployments/scale', 'apps'))).toBe(2);
    expect(leastPodsFor(right('patch', 'deployments', 'apps'))).toBe(1);
  });
});
