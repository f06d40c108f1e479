import { describe, expect, it } from 'vitest';
import { BusAccessRefused, BusUnavailable, TopicMissing, TopicRefused } from '../errors.ts';
import { reasonOf, topicFailure, withinDeadline } from './failure.ts';
import { AccessFailure, BrokerError, ConnectionFailure, MalformedAnswer, UnsupportedRequest } from './wire/errors.ts';

const brokers = ['a:9092'];
const failureOf = (error: unknown): Error => topicFailure(brokers, 't', error);

describe('a failure', () => {
  it('that a caller is told of already stays as it is', () => {
    const known = [
      new TopicMissing('t'),
      new TopicRefused('t', 'INVALID_PARTITIONS', { detail: 'has 5' }),
      new BusUnavailable(brokers, 'away'),
      new BusAccessRefused(brokers, 'wrong password'),
    ];
    for (const error of known) expect(failureOf(error)).toBe(error);
  });

  it.each([
    ['TopicMissing', { code: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true }],
    ['TopicRefused', { code: 'POLICY_VIOLATION', retriable: false }],
    ['BusUnavailable', { code: 'NOT_CONTROLLER', retriable: true }],
  ])('of a broker is %s by its code: %j', (name, answer) => {
    expect(failureOf(new BrokerError(answer, 'in its words')).name).toBe(name);
  });

  it('of a login is a matter of credentials, and not of a broker that is away', () => {
    expect(failureOf(new AccessFailure('refuses the login'))).toBeInstanceOf(BusAccessRefused);
    expect(failureOf(new ConnectionFailure('no connection'))).not.toBeInstanceOf(BusAccessRefused);
  });

  it('names the broker and the request, and not only what was wrong with a byte', () => {
    const cause = new MalformedAnswer('5 bytes were announced and 2 are left');
    const error = new MalformedAnswer('a:9092: the answer to Metadata cannot be read', { cause });
    expect(failureOf(error).message).toBe('Kafka at a:9092: a:9092: the answer to Metadata cannot be read');
    expect(reasonOf(new UnsupportedRequest('a:9092 does not offer Metadata v10'))).toContain('Metadata v10');
  });

  it('behind several others is found, also where they are in a circle', () => {
    const root = new TypeError('the root');
    expect(reasonOf(new AggregateError([new TypeError('outer', { cause: root })]))).toBe('the root');
    const circle = new TypeError('round and round');
    circle.cause = circle;
    expect(reasonOf(circle)).toBe('round and round');
  });
});

describe('a time limit', () => {
  it('ends the wait with the addresses, and lets what comes later go unnoticed', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = withinDeadline(promise, { brokers, ms: 5 });
    await expect(waiting).rejects.toThrow('Kafka at a:9092: no answer within 5 ms');
    reject(new TypeError('too late'));
  });

  it('is of no consequence where the work is done in time', async () => {
    await expect(withinDeadline(Promise.resolve(1), { brokers, ms: 5 })).resolves.toBe(1);
  });
});
