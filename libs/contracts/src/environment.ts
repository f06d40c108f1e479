/**
 * Names of the environment variables through which the operator configures its children. The operator writes them, the
 * applications parse them; both import the names from here so that neither can drift.
 */
export const commonEnvironment = {
  serviceName: 'SERVICE_NAME',
  serviceNamespace: 'SERVICE_NAMESPACE',
  podName: 'POD_NAME',
  metricsPort: 'METRICS_PORT',
  kafkaBrokers: 'KAFKA_BROKERS',
  kafkaTopicPrefix: 'KAFKA_TOPIC_PREFIX',
  kafkaClientId: 'KAFKA_CLIENT_ID',
  kafkaTls: 'KAFKA_TLS',
  kafkaTlsCaFile: 'KAFKA_TLS_CA_FILE',
  kafkaTlsCertificateFile: 'KAFKA_TLS_CERTIFICATE_FILE',
  kafkaTlsKeyFile: 'KAFKA_TLS_KEY_FILE',
  kafkaSaslMechanism: 'KAFKA_SASL_MECHANISM',
  kafkaSaslUsernameFile: 'KAFKA_SASL_USERNAME_FILE',
  kafkaSaslPasswordFile: 'KAFKA_SASL_PASSWORD_FILE',
  redisUrl: 'REDIS_URL',
  redisUsername: 'REDIS_USERNAME',
  redisPassword: 'REDIS_PASSWORD',
  redisPasswordFile: 'REDIS_PASSWORD_FILE',
  redisAcknowledgingReplicas: 'REDIS_ACKNOWLEDGING_REPLICAS',
  logLevel: 'LOG_LEVEL',
  otlpEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  otelSampleRatio: 'OTEL_SAMPLE_RATIO',
  shutdownGraceMs: 'SHUTDOWN_GRACE_MS',
} as const;

/** Variables of the API containers only. */
export const apiEnvironment = {
  httpPort: 'HTTP_PORT',
  deadlineMs: 'API_DEADLINE_MS',
  freshMs: 'API_FRESH_MS',
  staleMs: 'API_STALE_MS',
  maxInFlight: 'API_MAX_IN_FLIGHT',
  requestsPerMinute: 'API_REQUESTS_PER_MINUTE',
  burst: 'API_BURST',
  bodyBytes: 'API_BODY_BYTES',
  priorities: 'API_PRIORITIES',
  throttle: 'API_THROTTLE',
  features: 'API_FEATURES',
  trustedProxies: 'API_TRUSTED_PROXIES',
  authMode: 'API_AUTH_MODE',
  authIssuer: 'API_AUTH_ISSUER',
  authAudience: 'API_AUTH_AUDIENCE',
  authTenantClaim: 'API_AUTH_TENANT_CLAIM',
  authJwksUrl: 'API_AUTH_JWKS_URL',
  authKeysFile: 'API_AUTH_KEYS_FILE',
} as const;

/** Variables of the compute containers only. */
export const computeEnvironment = {
  concurrency: 'COMPUTE_CONCURRENCY',
  attempts: 'COMPUTE_ATTEMPTS',
  fetchTimeoutMs: 'FETCH_TIMEOUT_MS',
  fetchBodyBytes: 'FETCH_BODY_BYTES',
  fetchUserAgent: 'FETCH_USER_AGENT',
  fetchAllowedNetworks: 'FETCH_ALLOWED_NETWORKS',
  fetchRobots: 'FETCH_ROBOTS',
  fetchPerHostConcurrency: 'FETCH_PER_HOST_CONCURRENCY',
  fetchPerHostIntervalMs: 'FETCH_PER_HOST_INTERVAL_MS',
  tagsMax: 'TAGS_MAX',
  tagsMinimumScore: 'TAGS_MINIMUM_SCORE',
  recordRetentionMs: 'RECORD_RETENTION_MS',
  indexRepairPeriodMs: 'INDEX_REPAIR_PERIOD_MS',
  diagnosticsFolder: 'DIAGNOSTICS_FOLDER',
  diagnosticsBytes: 'DIAGNOSTICS_BYTES',
} as const;

/** Every variable name in one table. */
export const environmentNames = { ...commonEnvironment, ...apiEnvironment, ...computeEnvironment } as const;

/** Name of an environment variable of the service. */
export type EnvironmentName = (typeof environmentNames)[keyof typeof environmentNames];
