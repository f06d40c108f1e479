import kafkajs from 'kafkajs';

/** kafkajs is CommonJS and assigns its exports in a way that Node cannot name in advance; they are named here, once. */
export const { Kafka, logLevel, ConfigResourceTypes, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } = kafkajs;
