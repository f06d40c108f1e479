import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureProgram } from './command.ts';
import { kafkaDistribution } from './kafka-distribution.ts';

/** Logging configuration of a broker for tests: warnings and errors, one line each. */
export const kafkaLogging = join(dirname(fileURLToPath(import.meta.url)), '..', 'kafka', 'log4j2.properties');

/**
 * Makes Java and Kafka's jars available and answers with the folder of the jars. The image of the same version is built
 * from the same folder. Run the broker with `java -cp '<folder>/*' kafka.Kafka server.properties`.
 */
export async function ensureKafka(): Promise<string> {
  await ensureProgram('java', 'default-jre-headless');
  return await kafkaDistribution();
}
