import type { Kafka as KafkaClient, KafkaConfig, LogEntry } from 'kafkajs';
import { silentLogger, type BusLogger } from '../log.ts';
import { Kafka, logLevel } from './kafkajs.ts';
import { quietTimers } from './quiet-timers.ts';
import { unsecured, type SecuritySource } from './security.ts';

/** How to reach the brokers. */
export interface KafkaOptions {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** Names this process in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Where to log; a pino logger fits. Default: nowhere. */
  readonly logger?: BusLogger;
  /** Asked before each connection, and once at the start: what cannot be read then is thrown. Default: plain text without a login. */
  readonly security?: SecuritySource;
}

/** Longest wait for a TCP connection, in milliseconds: brokers are near. */
const connectionTimeoutMs = 1500;

/** Longest wait for the answer to one request, in milliseconds. Long polls and joins have their own, longer ones. */
const requestTimeoutMs = 4000;

/** A kafkajs client with bounded waits that logs to our logger. */
export function kafkaClient(options: KafkaOptions): KafkaClient {
  const { brokers, clientId, logger = silentLogger, security = unsecured } = options;
  quietTimers();
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...secured(security),
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    // For reaching any broker at all. Few, so that the cause is known before our own deadlines are over.
    retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 3 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      relay(logger, entry);
    },
  });
}

/**
 * kafkajs keeps the objects that it is given and reads them when it connects, so properties that look anew are how it learns of rotated
 * certificates and passwords. Whether there is TLS and a login at all does not change while the process lives.
 */
function secured(security: SecuritySource): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const { tls, sasl } = security();
  const ssl = {
    get ca() {
      return security().tls?.ca;
    },
    get cert() {
      return security().tls?.cert;
    },
    get key() {
      return security().tls?.key;
    },
  };
  const login = {
    mechanism: sasl?.mechanism.toLowerCase(),
    get username() {
      return security().sasl?.username;
    },
    get password() {
      return security().sasl?.password;
    },
  };
  return { ...(tls !== undefined && { ssl }), ...(sasl !== undefined && { sasl: login }) } as Pick<
    KafkaConfig,
    'ssl' | 'sasl'
  >;
}

/**
 * kafkajs logs every refused connection as an error, seven times a second while a broker is away, and every rebalance as a
 * warning. What matters reaches our callers as typed errors, and the log once through the subscription; kafkajs' own words
 * are for those who debug.
 */
function relay(logger: BusLogger, { namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, stack: _stack, logger: _logger, ...fields } = log;
  logger.debug({ kafkajs: namespace, ...fields }, message);
}
