import type { KafkaWork } from '../kafka/kafka-work.ts';
import type { LagReader } from '../kafka/lag-reader.ts';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { lagStep } from '../scaling/lag.step.ts';
import { topicsStep } from '../topics/topics.step.ts';
import type { StepContext } from './step.ts';

type Said = {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly observedGeneration: number;
};

const topics = [{ name: 'tags.demo.tag-requests', ready: true }];

/** What the steps say of Kafka that has not answered this process yet, after another process has said `said`. */
async function look(said: Said) {
  const conditions = ['TopicsReady', 'LagKnown'].map((type) => ({
    ...said,
    type,
    message: 'said by another process',
    lastTransitionTime: '2026-11-21T12:00:00Z',
  }));
  const status = { observedGeneration: 1, conditions, topics, scaling: { lag: 7 } };
  const context = {
    service: { ...service(), status },
    kafka: { topics: () => Promise.resolve(undefined) } satisfies Pick<KafkaWork, 'topics'>,
    lag: {
      read: () => Promise.resolve({ kind: 'unknown', reason: 'no answer yet', pending: true }),
    } satisfies Pick<LagReader, 'read'>,
  } as unknown as StepContext;
  return [await topicsStep.run(context), await lagStep.run(context)] as const;
}

describe('an operator that has just started beside a slow broker', () => {
  it('says what the one before it said, and looks again', async () => {
    const [ofTopics, ofLag] = await look({ status: 'True', reason: 'TopicsAsDeclared', observedGeneration: 1 });
    expect(ofTopics).toMatchObject({
      outcomes: { TopicsReady: { kind: 'done', reason: 'TopicsAsDeclared', message: 'said by another process' } },
      status: { topics },
      lookAgain: true,
    });
    const [, read] = await look({ status: 'True', reason: 'LagRead', observedGeneration: 1 });
    expect(read).toMatchObject({
      outcomes: { LagKnown: { kind: 'done', reason: 'LagRead', message: 'said by another process' } },
      status: { scaling: { lag: 7 } },
      lookAgain: true,
    });
    expect(ofLag.lookAgain).toBe(true);
  });

  it.each<[string, Said]>([
    ['was not good', { status: 'False', reason: 'KafkaUnreachable', observedGeneration: 1 }],
    ['was not known', { status: 'Unknown', reason: 'LagUnknown', observedGeneration: 1 }],
    ['was about another declaration', { status: 'True', reason: 'TopicsAsDeclared', observedGeneration: 0 }],
    ['has a reason that nobody knows any more', { status: 'True', reason: 'Splendid', observedGeneration: 1 }],
  ])('does not repeat what %s', async (_what, said) => {
    const [ofTopics, ofLag] = await look(said);
    expect(ofTopics).toMatchObject({ outcomes: { TopicsReady: { kind: 'waiting', reason: 'Checking' } } });
    expect(ofLag).toMatchObject({ outcomes: { LagKnown: { kind: 'advisory', reason: 'LagUnknown' } } });
    expect(ofLag.status).toEqual({ scaling: {} });
  });
});
