import { BusAccessRefused, BusUnavailable, TopicMissing, TopicRefused } from '../errors.ts';
import { AccessFailure, BrokerError, ConnectionFailure, MalformedAnswer, UnsupportedRequest } from './wire/errors.ts';

/** Kafka's name of an error, such as `UNKNOWN_TOPIC_OR_PARTITION`; undefined when the broker did not answer at all. */
export function protocolCode(error: unknown): string | undefined {
  if (error instanceof BrokerError) return error.code;
  const root = rootCause(error);
  return isProtocolError(root) ? root.type : undefined;
}

/** The error behind kafkajs' wrappers: a single one of an aggregate, the last one of exceeded retries. */
export function rootCause(error: unknown): unknown {
  let current = error;
  // The depth is bounded so that a cause that refers to itself cannot hold us.
  for (let depth = 0; depth < 8; depth += 1) {
    const next = causeOf(current);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** What broke, in one line: the root cause of what kafkajs threw. */
export function reasonOf(error: unknown): string {
  // Ours says all; what lies behind it is for the stack.
  if (isOurs(error)) return error.message;
  const root = rootCause(error);
  return root instanceof Error ? root.message : String(root);
}

const isOurs = (error: unknown): error is Error =>
  [BrokerError, ConnectionFailure, MalformedAnswer, UnsupportedRequest].some((type) => error instanceof type);

/** Turns what kafkajs or our own client threw about a topic into an error of the port. */
export function topicFailure(
  brokers: readonly string[],
  topic: string,
  error: unknown,
): BusUnavailable | TopicMissing | TopicRefused {
  if (error instanceof BusUnavailable || error instanceof TopicMissing || error instanceof TopicRefused) return error;
  const code = protocolCode(error);
  if (code === 'UNKNOWN_TOPIC_OR_PARTITION') return new TopicMissing(topic, { cause: error });
  if (code !== undefined && !isTransient(error))
    return new TopicRefused(topic, code, { detail: reasonOf(error), cause: error });
  if (error instanceof AccessFailure) return new BusAccessRefused(brokers, error.message, { cause: error });
  return new BusUnavailable(brokers, reasonOf(error), { cause: error });
}

/** Rejects with {@link BusUnavailable} when the work is not done in time. The work itself cannot be stopped. */
export async function withinDeadline<T>(
  work: Promise<T>,
  limit: { readonly brokers: readonly string[]; readonly ms: number },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new BusUnavailable(limit.brokers, `no answer within ${String(limit.ms)} ms`));
    }, limit.ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** Whether Kafka itself says that the same request may succeed in a moment: a coordinator that moves, a leader that is elected. */
export function isTransient(error: unknown): boolean {
  if (error instanceof BrokerError) return error.retriable;
  const root = rootCause(error);
  return isProtocolError(root) && root.retriable;
}

/** Whether the broker refused the login of kafkajs, which takes that for the end of all trying. */
export function isLoginRefused(error: unknown): boolean {
  const root = rootCause(error);
  return root instanceof Error && root.name === 'KafkaJSSASLAuthenticationError';
}

/** Whether no broker named the coordinator of the group. kafkajs gives up for good, although brokers make it in a moment (tulios/kafkajs#1630). */
export function isCoordinatorMissing(error: unknown): boolean {
  const root = rootCause(error);
  return root instanceof Error && root.name === 'KafkaJSGroupCoordinatorNotFound';
}

type ProtocolError = Error & { readonly type: string; readonly retriable: boolean };

/** An error that the broker answered to kafkajs. Told by its shape: whoever only administrates topics shall not have to load kafkajs. */
function isProtocolError(error: unknown): error is ProtocolError {
  if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) return false;
  const { type, code, retriable } = error as Partial<Record<'type' | 'code' | 'retriable', unknown>>;
  return typeof type === 'string' && typeof code === 'number' && typeof retriable === 'boolean';
}

function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return error.errors[0] as unknown;
  if (error.name === 'KafkaJSNumberOfRetriesExceeded' || error.cause instanceof Error) return error.cause;
  return undefined;
}
