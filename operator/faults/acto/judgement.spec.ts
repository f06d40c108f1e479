import type { KubeObject } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { BAD_INPUT } from './bad-input.ts';
import { choice } from './choice.ts';
import { normalise } from '../state/normalise.ts';
import { comparable, effectOf, withoutPast } from './comparable.ts';
import { withoutEffect } from './effects.ts';
import { fieldsOf } from './fields.ts';
import { freshRounds, isShown } from './fresh.ts';
import { elsewhere, isChange, meaningOf, whyElsewhere } from './standing.ts';
import { Tally } from './tally.ts';
import { tellTrials, type Trial } from './trial.ts';
import { valuesOf, type Value } from './values.ts';
import { someSpec, walk, walkable } from './walk.ts';
import { parseSpec } from '@tagservice/crd';
import { randomFrom } from '../plans/generate.ts';

const all = fieldsOf().flatMap(valuesOf);
const of = (text: string): readonly Value[] => all.filter(({ field, valid }) => valid && field.text === text);
const trial = (value: Value, effect: string, told = ''): Trial => ({
  value,
  effect,
  told,
  problems: [],
  tookMs: 1_000,
});

describe('fields without effect', () => {
  const [, empty, one] = of('spec.freeze') as [Value, Value, Value];

  it('are those whose values show no difference', () => {
    expect(withoutEffect([trial(empty, 'same'), trial(one, 'same')])).toEqual([
      expect.stringContaining('spec.freeze one'),
    ]);
    expect(withoutEffect([trial(empty, 'this'), trial(one, 'that')])).toEqual([]);
  });

  it('are not those whose values mean the same', () => {
    const spellings = of('spec.api.deadline').filter(({ name }) => name === 'max' || name === 'in parts');
    expect(spellings).toHaveLength(2);
    expect(new Set(spellings.map(meaningOf)).size).toBe(1);
    expect(withoutEffect(spellings.map((value) => trial(value, 'same')))).toEqual([]);
  });

  it('are not those whose effect is tried elsewhere, with the reason', () => {
    const policies = of('spec.kafka.deletionPolicy');
    expect(withoutEffect(policies.map((value) => trial(value, 'same')))).toEqual([]);
    for (const { field } of policies) expect(elsewhere(field)).toContain('deletion');
    expect(whyElsewhere().every((line) => line.startsWith('declared: '))).toBe(true);
  });
});

describe('a value that a service is made with', () => {
  const partitions = of('spec.kafka.requests.partitions').find(({ name }) => name === 'above min') as Value;
  const prefix = of('spec.kafka.topicPrefix').find(({ name }) => name === 'shortest') as Value;

  it('shows where its field has it, and not where its digit stands in something else', () => {
    expect(partitions.value).toBe(2);
    expect(isShown('{"topics":[{"name":"t","partitions":2}]}', partitions)).toBe(true);
    expect(isShown('{"topics":[{"name":"t2","partitions":12,"replicationFactor":2}]}', partitions)).toBe(false);
    expect(isShown('{"topics":[{"partitions":20}]}', partitions)).toBe(false);
  });

  it('shows where a name holds it', () => {
    expect(isShown(`{"name":"${String(prefix.value)}.tag-requests"}`, prefix)).toBe(true);
    expect(isShown('{"name":"?"}', prefix)).toBe(false);
  });
});

describe('a walk', () => {
  it('has no steps where no field was chosen that a service takes and gives back', async () => {
    const options = { values: of('spec.kafka.topicPrefix'), steps: 3, seed: 1, restMs: 1 };
    expect(await walk(undefined as never, options)).toMatchObject({ steps: 0, problems: [] });
  });
});

describe('two states', () => {
  const object = (kind: string, name: string, more: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'acto', uid: '', resourceVersion: '1' },
    ...more,
  });
  const service = (generation: number, retention: string) => ({
    metadata: { name: 'demo', generation },
    spec: { retention },
    status: { observedGeneration: generation, conditions: [{ type: 'Ready', observedGeneration: generation }] },
  });

  it('are equal when a change was taken back', () => {
    const before = comparable({ 'TagService demo': service(1, '3h') });
    expect(comparable({ 'TagService demo': service(3, '3h') })).toEqual(before);
    expect(comparable({ 'TagService demo': service(3, '4h') })).not.toEqual(before);
  });

  it('are equal however many revisions came between them', () => {
    const revision = (id: string, number: number) => object('TagServiceRevision', `demo-${id}`, { spec: { number } });
    const serving = (id: string) => object('Deployment', `demo-api-${id}`);
    const stateOf = (...objects: KubeObject[]) =>
      normalise(withoutPast({ objects, topics: [] }), { aliases: [] }).parts;
    const [first, second] = ['0123456789', 'fedcba9876'] as const;
    const before = stateOf(revision(first, 1), serving(first));
    expect(stateOf(revision(second, 2), revision(first, 3), serving(first))).toEqual(before);
    expect(stateOf(revision(first, 1), serving(first), serving(second))).not.toEqual(before);
  });

  it('show the same when only the declaration differs', () => {
    const shown = (retention: string) => effectOf(comparable({ 'TagService demo': service(1, retention), topics: [] }));
    expect(shown('3h')).toBe(shown('4h'));
  });
});

describe('a choice', () => {
  it('is everything when nothing is said', () => {
    expect(choice(all, { plans: undefined, seed: 1, only: [] })).toMatchObject({ values: all, steps: 200 });
  });

  it('is the same for the same seed', () => {
    const names = (seed: number) =>
      choice(all, { plans: 30, seed, only: [] }).values.map(({ field, name }) => field.text + name);
    expect(names(7)).toEqual(names(7));
    expect(names(7)).not.toEqual(names(8));
    expect(names(7)).toHaveLength(30);
  });

  it('is of the fields that are named', () => {
    const { values } = choice(all, { plans: undefined, seed: 1, only: ['spec.redis'] });
    expect(new Set(values.map(({ field }) => field.text.split('.')[1]))).toEqual(new Set(['redis']));
  });
});

describe('values on a running service', () => {
  it('are those that it can take', () => {
    expect(of('spec.kafka.requests.partitions').filter(isChange)).toEqual([]);
    expect(of('spec.redis.storage.size').filter(isChange)).not.toEqual([]);
    expect(walkable(all).every(({ field }) => !field.text.startsWith('spec.redis.storage'))).toBe(true);
  });

  it('are made on services of their own when they cannot change', () => {
    const rounds = freshRounds(all);
    for (const round of rounds) expect(new Set(round.map(({ field }) => field.text)).size).toBe(round.length);
    expect(new Set(rounds.flat())).toEqual(
      new Set(
        of('spec.redis.storage.size')
          .filter(({ value }) => value !== undefined)
          .concat(rounds.flat()),
      ),
    );
  });

  it('make walks of specs that can be read, nearly always', () => {
    const random = randomFrom(1);
    const base = { kafka: { brokers: ['kafka:9092'] }, redis: { replicas: 1 } };
    const specs = Array.from({ length: 200 }, () => someSpec(base, walkable(all), random));
    expect(specs.filter((spec) => parseSpec(spec).ok).length).toBeGreaterThan(150);
  });
});

describe('what is told', () => {
  it('counts what passed and says what failed', () => {
    const lines: string[] = [];
    const tally = new Tally((line) => lines.push(line));
    tally.add([]);
    tally.add(['one', 'two']);
    expect(tally.counts).toEqual({ passed: 1, failed: 1 });
    expect(lines).toEqual(['FAILED one', 'FAILED two']);
  });

  it('names the values that a service waited with', () => {
    const [value] = of('spec.redis.replicas') as [Value];
    expect(tellTrials([trial(value, 'a', 'RedisReady NotReady: x')])).toEqual([
      expect.stringContaining('spec.redis.replicas'),
      'a trial took 1.0 s, the slowest 1.0 s',
    ]);
  });

  it('is asked of every bad input', () => {
    for (const { says } of BAD_INPUT) expect(says.length).toBeGreaterThan(0);
  });
});
