// All that an operator needs of Kafka, without the client that produces and consumes: that is half of the operator's code else.
export * from './errors.ts';
export * from './topic-admin.port.ts';
export type { KafkaLogin, KafkaSecurity, SaslMechanism, SecuritySource } from './kafka/security.ts';
export { kafkaTopicAdmin, type KafkaTopicAdminOptions } from './kafka/kafka-topic-admin.ts';
