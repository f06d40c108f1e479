import type { KubeClient } from '@tagservice/controller-runtime';
import { kafkaTopicAdmin, type TopicAdmin } from '@tagservice/event-bus';
import { sharedKafka } from '@tagservice/testbed';
import { afterAll, beforeAll } from 'vitest';
import type { TagServiceObject } from '../src/resource.ts';
import { applyService, ensureNamespace, startHarness, type Harness, type ServiceInput } from './harness.ts';

/** Only a failure takes so long. */
export const within = { timeout: 50_000, interval: 200 };

/** Nobody listens there: for tests that are not about Kafka. */
export const NO_BROKER = '127.0.0.1:1';

/** Where a TagService is; most tests have one of their own namespace. */
export const key = (namespace: string, name = 'demo') => ({ namespace, name });

/** A harness for the tests of one file: started before the first, stopped after the last. */
export function useHarness(): Harness {
  return shared(startHarness, (harness) => harness.stop());
}

/** A broker that several test files share, and a client of it. */
export type Kafka = { readonly broker: string; readonly admin: TopicAdmin };

/** A real broker for the tests of one file. */
export function useKafka(): Kafka {
  const start = async (): Promise<Kafka> => {
    const broker = await sharedKafka();
    return { broker, admin: kafkaTopicAdmin({ brokers: [broker], clientId: 'test' }) };
  };
  return shared(start, ({ admin }) => admin.close());
}

/** Applies a TagService as a user does, in a namespace that is made if there is none. */
export async function declareService(client: KubeClient, input: ServiceInput): Promise<TagServiceObject> {
  await ensureNamespace(client, input.namespace);
  return applyService(client, input);
}

/** What `start` makes before the first test of a file; to be used by tests alone. */
function shared<T extends object>(start: () => Promise<T>, stop: (made: T) => Promise<void>): T {
  let made: T | undefined;
  beforeAll(async () => {
    made = await start();
  });
  afterAll(async () => {
    if (made !== undefined) await stop(made);
  });
  return new Proxy({} as T, {
    get(_nothing, name) {
      if (made === undefined) throw new Error(`${String(name)} is there only while tests run`);
      return Reflect.get(made, name) as unknown;
    },
  });
}
