import type { Metadata } from '../wire/cluster.ts';
import { errorCode } from '../wire/error-codes.ts';
import { check, type AdminClient } from './admin-client.ts';

export type TopicMetadata = Metadata['topics'][number];

/** Metadata of the topics that exist. */
export async function existingTopics({ cluster }: AdminClient, names: readonly string[]): Promise<TopicMetadata[]> {
  if (names.length === 0) return [];
  const { topics } = await cluster.metadata(names);
  return topics.filter(({ name, error }) => {
    const absent = isAbsent(error);
    // Several are asked for at once, and the answer has no words of its own.
    if (!absent) check(error, `topic ${name}: ${errorCode(error)?.code ?? ''}`);
    return !absent;
  });
}

const unknownTopic = 3;
/** The topic does not exist. */
export const isAbsent = (error: number): boolean => error === unknownTopic;
