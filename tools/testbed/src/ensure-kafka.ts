import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureProgram, runProgram } from './command.ts';
import { TestbedFailure } from './errors.ts';
import { cacheRoot } from './paths.ts';

/** The Kafka release that tests run on; the image of the same version is built from the same jars. */
export const KAFKA_VERSION = '4.1.0';

/** Folder with `pom.xml` (which jars) and `log4j2.properties` (how the broker logs). */
export const kafkaSources = join(dirname(fileURLToPath(import.meta.url)), '..', 'kafka');

let pending: Promise<string> | undefined;

/**
 * Makes Kafka's jars available and answers with the folder that holds them (`<cache>/kafka-4.1.0`, only `*.jar`, 46 files, 44 MB). The jars
 * come from Maven Central, once; Java and Maven are installed from Debian where they are missing and we may.
 * Run the broker with `java -cp '<folder>/*' kafka.Kafka server.properties`.
 */
export async function ensureKafka(): Promise<string> {
  pending ??= fetchJars().catch((error: unknown) => {
    pending = undefined;
    throw error;
  });
  return await pending;
}

async function fetchJars(): Promise<string> {
  const folder = join(cacheRoot(), `kafka-${KAFKA_VERSION}`);
  await ensureProgram('java', 'default-jre-headless');
  if (await complete(folder)) return folder;
  await ensureProgram('mvn', 'maven');
  // Fetched beside and then renamed: a run that is killed halfway, or two at once, never leave half a folder in place.
  const staging = `${folder}.${String(process.pid)}`;
  await mkdir(staging, { recursive: true });
  try {
    const args = ['-B', '-q', '-f', join(kafkaSources, 'pom.xml'), 'dependency:copy-dependencies'];
    await runProgram('mvn', [...args, '-DincludeScope=runtime', `-DoutputDirectory=${staging}`], 480_000);
    await rename(staging, folder).catch(async (error: unknown) => {
      if (!(await complete(folder))) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  if (!(await complete(folder))) throw new TestbedFailure(`Kafka's jars did not arrive in ${folder}`);
  return folder;
}

async function complete(folder: string): Promise<boolean> {
  if ((await stat(folder).catch(() => undefined)) === undefined) return false;
  return (await readdir(folder)).includes(`kafka_2.13-${KAFKA_VERSION}.jar`);
}
