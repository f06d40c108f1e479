import { ApiError, connect, systemClock, type Clock, type Logger } from '@tagservice/controller-runtime';
import { kafkaTopicAdmin, type TopicAdmin } from '@tagservice/event-bus';
import type { Entrance } from '@tagservice/fault-proxy';
import { Registry } from 'prom-client';
import { createOperator, type Operator, type OperatorOptions } from '../../src/process/operator.ts';

/** One operator behind an entrance of its own. */
export type Instance = {
  readonly entrance: Entrance;
  readonly operator: Operator;
  readonly registry: Registry;
  /** When its caches were complete, in milliseconds since 1970; undefined before. */
  readonly syncedAt: number | undefined;
  /** The last lines that it logged. */
  readonly log: readonly string[];
  /** Ends it with its connections. May be called twice. */
  stop(): Promise<void>;
};

export const IMAGES = { api: 'tagservice/api:test', compute: 'tagservice/compute:test', redis: 'redis:7' };
const LOG_LIMIT = 60;

export type InstanceOptions = {
  readonly entrance: Entrance;
  readonly namespace: string;
  /** Of the machine that it runs on. Default: the right time. */
  readonly clock?: Clock;
  /** Options beyond or instead of ours. */
  readonly more?: Partial<OperatorOptions>;
};

/** Starts an operator for one namespace. It is not waited for: the entrance may be dead already. */
export function startInstance({ entrance, namespace, clock = systemClock, more = {} }: InstanceOptions): Instance {
  const client = connect({ kubeconfig: entrance.kubeconfig, userAgent: 'tagservice-operator', clock });
  const registry = new Registry();
  const log: string[] = [];
  const operator = createOperator({
    client,
    images: IMAGES,
    openTopicAdmin: openAdmin,
    readText: () => Promise.reject(new ApiError({ code: 503 }, 'GET')),
    registry,
    log: keeping(log),
    watchNamespace: namespace,
    clock,
    ...more,
  });
  // It ends with `stop`; until then it keeps trying by itself.
  let syncedAt: number | undefined;
  operator.start().then(
    () => (syncedAt = Date.now()),
    (error: unknown) => log.push(`start: ${String(error)}`),
  );
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await operator.stop();
    await client.close();
    await entrance.close();
  };
  return {
    entrance,
    operator,
    registry,
    log,
    get syncedAt() {
      return syncedAt;
    },
    stop: () => (stopped ??= stop()),
  };
}

type Cluster = Parameters<typeof kafkaTopicAdmin>[0];

function openAdmin(cluster: readonly string[] | Pick<Cluster, 'brokers'>): TopicAdmin {
  const access = 'brokers' in cluster ? cluster : { brokers: cluster };
  return kafkaTopicAdmin({ ...access, clientId: 'tagservice-operator', timeoutMs: 3_000 });
}

/** A logger that keeps the last lines for a report. */
function keeping(lines: string[]): Logger {
  const keep = (level: string) => (fields: object, message: string) => {
    lines.push(`${new Date().toISOString()} ${level} ${message} ${briefly(fields)}`);
    if (lines.length > LOG_LIMIT) lines.shift();
  };
  return { debug: () => undefined, info: keep('info'), warn: keep('warn'), error: keep('error') };
}

function briefly(fields: object): string {
  const words = Object.entries(fields).map(([key, value]) =>
    value instanceof Error ? `${key}=${value.message}` : `${key}=${JSON.stringify(value)}`,
  );
  return words.join(' ').slice(0, 400);
}
