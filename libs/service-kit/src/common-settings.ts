import { commonEnvironment } from '@tagservice/contracts';
import { z } from 'zod';
import { ConfigurationError, parseEnvironment, readSecret, variable } from './configuration.ts';
import type { Environment } from './configuration.ts';
import { integerField, millisecondsField, optionalField, portField, ratioField, textField } from './fields.ts';
import { LOG_LEVELS } from './logger.ts';
import type { LogLevel } from './logger.ts';

const brokerPattern = /^[^\s,:/]+:\d{1,5}$/;

const commonSchema = z.object({
  [commonEnvironment.serviceName]: textField('Set the name of the TagService.', 'tagservice'),
  [commonEnvironment.serviceNamespace]: textField('Set the namespace of the TagService.', 'default'),
  [commonEnvironment.podName]: textField(
    'Set a name unique among the replicas (metadata.name).',
    `local-${String(process.pid)}`,
  ),
  [commonEnvironment.metricsPort]: portField(9090),
  [commonEnvironment.kafkaBrokers]: variable(
    z
      .string()
      .transform((text) => text.split(',').map((item) => item.trim()))
      .refine((brokers) => brokers.every((broker) => brokerPattern.test(broker)), 'is not a list of host:port'),
    { remedy: 'Set the brokers as host:port, separated by commas, as in kafka-0.kafka:9092,kafka-1.kafka:9092.' },
  ),
  [commonEnvironment.kafkaTopicPrefix]: variable(z.string().regex(/^[a-zA-Z0-9._-]{1,200}$/, 'is not a topic prefix'), {
    remedy: 'Set letters, digits, dots, dashes and underscores, as in <namespace>.<name>.',
  }),
  [commonEnvironment.kafkaClientId]: textField('Set a name that shows up in the log of the brokers.', 'tagservice'),
  [commonEnvironment.kafkaTls]: variable(z.enum(['true', 'false'], 'is neither true nor false').default('false'), {
    remedy: 'Set true for TLS to the brokers; unset means false.',
  }),
  [commonEnvironment.kafkaTlsCaFile]: optionalField('Set the path of a PEM file with the authority to trust.'),
  [commonEnvironment.kafkaTlsCertificateFile]: optionalField('Set the path of a PEM file with our certificate.'),
  [commonEnvironment.kafkaTlsKeyFile]: optionalField('Set the path of a PEM file with the key of our certificate.'),
  [commonEnvironment.kafkaSaslMechanism]: variable(
    z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], 'is not a mechanism').optional(),
    { remedy: 'Set PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, or leave it unset for no login.' },
  ),
  [commonEnvironment.kafkaSaslUsernameFile]: optionalField('Set the path of a file with the name to log in with.'),
  [commonEnvironment.kafkaSaslPasswordFile]: optionalField('Set the path of a file with the password.'),
  [commonEnvironment.redisUrl]: variable(
    z.url({ protocol: /^rediss?$/, error: 'is not a redis:// or rediss:// URL' }),
    { remedy: 'Set redis://host:port without credentials.', secret: true },
  ),
  [commonEnvironment.redisUsername]: optionalField('Set the ACL user.'),
  [commonEnvironment.redisPassword]: optionalField('Set the password of the ACL user.', true),
  [commonEnvironment.redisPasswordFile]: optionalField('Set the path of a mounted Secret key.'),
  [commonEnvironment.redisAcknowledgingReplicas]: integerField({ min: 0, max: 9, fallback: 0 }),
  [commonEnvironment.logLevel]: variable(z.enum(LOG_LEVELS, 'is not a level').default('info'), {
    remedy: `Set one of ${LOG_LEVELS.join(', ')}; unset means info.`,
  }),
  [commonEnvironment.otlpEndpoint]: variable(
    z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' }).optional(),
    {
      remedy: 'Set the base URL of an OTLP/HTTP collector, as in http://collector:4318, or leave it unset.',
    },
  ),
  [commonEnvironment.otelSampleRatio]: ratioField(0.05),
  [commonEnvironment.shutdownGraceMs]: millisecondsField(25_000, 1),
});

/** How the brokers are reached. Files are read again at each connection, so that rotated Secrets take effect without a restart. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly clientId: string;
  readonly tls?: { readonly caFile?: string; readonly certificateFile?: string; readonly keyFile?: string };
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly usernameFile: string;
    readonly passwordFile: string;
  };
}

/** What API and compute have in common, parsed. */
export interface CommonSettings {
  readonly service: string;
  readonly namespace: string;
  /** Unique among replicas; also the channel on which wake-ups for this instance arrive. */
  readonly pod: string;
  readonly metricsPort: number;
  readonly kafka: KafkaSettings;
  readonly redis: {
    readonly url: string;
    readonly username?: string;
    readonly password?: string;
    /** Read again at each connect, so that a rotated Secret takes effect without a restart; then `password` is absent. */
    readonly passwordFile?: string;
    /** Replicas that must have a write before it counts as durable. */
    readonly acknowledgingReplicas: number;
  };
  readonly logLevel: LogLevel;
  readonly tracing: { readonly endpoint: string | undefined; readonly sampleRatio: number };
  readonly shutdownGraceMs: number;
}

/**
 * Reads the variables that every process of a TagService has.
 *
 * @throws ConfigurationError
 */
export function readCommonSettings(environment: Environment): CommonSettings {
  const env = parseEnvironment(commonSchema, environment);
  return {
    service: env.SERVICE_NAME,
    namespace: env.SERVICE_NAMESPACE,
    pod: env.POD_NAME,
    metricsPort: env.METRICS_PORT,
    kafka: {
      brokers: env.KAFKA_BROKERS,
      topicPrefix: env.KAFKA_TOPIC_PREFIX,
      clientId: env.KAFKA_CLIENT_ID,
      ...kafkaTls(env),
      ...kafkaLogin(env),
    },
    redis: {
      url: env.REDIS_URL,
      ...(env.REDIS_USERNAME === undefined ? {} : { username: env.REDIS_USERNAME }),
      ...redisSecret(env.REDIS_PASSWORD_FILE, env.REDIS_PASSWORD),
      acknowledgingReplicas: env.REDIS_ACKNOWLEDGING_REPLICAS,
    },
    logLevel: env.LOG_LEVEL,
    tracing: { endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT, sampleRatio: env.OTEL_SAMPLE_RATIO },
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  };
}

type KafkaFiles = z.output<typeof commonSchema>;

function kafkaTls(env: KafkaFiles): Pick<KafkaSettings, 'tls'> {
  if (env.KAFKA_TLS === 'false') return {};
  const { KAFKA_TLS_CA_FILE: caFile, KAFKA_TLS_CERTIFICATE_FILE: certificateFile, KAFKA_TLS_KEY_FILE: keyFile } = env;
  return {
    tls: {
      ...(caFile !== undefined && { caFile }),
      ...(certificateFile !== undefined && { certificateFile }),
      ...(keyFile !== undefined && { keyFile }),
    },
  };
}

function kafkaLogin(env: KafkaFiles): Pick<KafkaSettings, 'sasl'> {
  const mechanism = env.KAFKA_SASL_MECHANISM;
  if (mechanism === undefined) return {};
  const { KAFKA_SASL_USERNAME_FILE: usernameFile, KAFKA_SASL_PASSWORD_FILE: passwordFile } = env;
  if (usernameFile !== undefined && passwordFile !== undefined)
    return { sasl: { mechanism, usernameFile, passwordFile } };
  const lacking =
    usernameFile === undefined ? commonEnvironment.kafkaSaslUsernameFile : commonEnvironment.kafkaSaslPasswordFile;
  const remedy = `Set the path of a mounted Secret key, or leave ${commonEnvironment.kafkaSaslMechanism} unset.`;
  throw new ConfigurationError([{ variable: lacking, message: `is needed for ${mechanism} and not set`, remedy }]);
}

/** The file is read here only to say at once, and not at the first connect, that it is not there. */
function redisSecret(
  file: string | undefined,
  value: string | undefined,
): Pick<CommonSettings['redis'], 'password' | 'passwordFile'> {
  const password = readSecret({ fileVariable: commonEnvironment.redisPasswordFile, file, value });
  if (file !== undefined) return { passwordFile: file };
  return password === undefined ? {} : { password };
}
