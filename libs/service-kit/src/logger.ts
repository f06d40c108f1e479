import { writeSync } from 'node:fs';
import process from 'node:process';
import { context, trace } from '@opentelemetry/api';
import { destination, pino, stdSerializers } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** Levels that LOG_LEVEL accepts, from the most to the least talkative. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Fields on every line: service, namespace, pod, component. */
  readonly base: Readonly<Record<string, string>>;
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
}

// Paths, not patterns: a secret has few known homes, and scanning every value would cost more than logging itself.
const secretPaths = ['password', 'authorization', 'cookie', '["set-cookie"]', 'token', 'secret'].flatMap((name) =>
  name.startsWith('[') ? [`*${name}`, `*.*${name}`] : [name, `*.${name}`, `*.*.${name}`],
);

/** One JSON object a line; within a span each line carries `trace_id` and `span_id` (names of OpenTelemetry's log model). */
export function createLogger(options: LoggerOptions): Logger {
  const derived = new Set<Logger>();
  const settings = {
    level: options.level,
    base: options.base,
    messageKey: 'msg',
    timestamp: isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err, err: stdSerializers.err },
    redact: { paths: secretPaths, censor: '[redacted]' },
    mixin: traceFields,
    onChild: (child: Logger) => {
      derived.add(child);
    },
  };
  // Not one system call a line; what is buffered is written when the process exits, however it exits by itself.
  const logger = pino(settings, options.destination ?? standardOutput());
  derivations.set(logger, derived);
  return logger;
}

const derivations = new WeakMap<Logger, ReadonlySet<Logger>>();

/** The loggers that were made of one. Each has a level of its own. They are made once, at the start, and never for a request. */
export function derivedFrom(logger: Logger): ReadonlySet<Logger> {
  return derivations.get(logger) ?? new Set();
}

let writtenAt = 0;
let writtenTime = '';

/** pino's own `isoTime`, written out once a millisecond: a busy process logs many lines in one. */
function isoTime(): string {
  const now = Date.now();
  if (now !== writtenAt) {
    writtenAt = now;
    writtenTime = `,"time":"${new Date(now).toISOString()}"`;
  }
  return writtenTime;
}

/** A busy process spends a tenth of its time on system calls if it makes one for each line. A quiet one is read with this delay. */
const buffering = { minLength: 4_096, periodicFlush: 200 };

/**
 * At the exit of a process sonic-boom writes what is buffered, and where nobody reads any more (EPIPE) it tries for ever: the process would not
 * end. So it is tried with a blank first, which JSON allows before a line.
 */
function standardOutput(): DestinationStream {
  const stream = destination({ sync: false, ...buffering });
  process.prependListener('exit', () => {
    try {
      writeSync(process.stdout.fd, ' ');
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!isFull) stream.flushSync = () => undefined;
    }
  });
  return stream;
}

function traceFields(): Record<string, string> {
  const span = trace.getSpanContext(context.active());
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}
