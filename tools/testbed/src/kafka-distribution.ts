import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import type { Report } from '@tagservice/cluster';
import lock from './kafka-jars.lock.json' with { type: 'json' };

/** A jar could not be fetched, or is not the one that the lock names. */
export class KafkaJarUnavailable extends Error {
  override readonly name = 'KafkaJarUnavailable';
  constructor(jar: string, reason: string) {
    super(
      `${jar} cannot be had from ${repository()}: ${reason}. Check the network, or name a mirror of Maven Central in MAVEN_REPOSITORY.`,
    );
  }
}

/** Version of the broker. */
export const kafkaVersion = '4.1.0';

const parallelDownloads = 6;
const patienceMs = 120_000;

function repository(): string {
  return process.env['MAVEN_REPOSITORY'] ?? 'https://repo1.maven.org/maven2';
}

function distributionFolder(): string {
  const cache =
    process.env['TAGSERVICE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tagservice');
  const content = createHash('sha256').update(JSON.stringify(lock.jars)).digest('hex').slice(0, 12);
  return join(cache, `kafka-${kafkaVersion}-${content}`);
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

async function fetchJar(path: string, digest: string, folder: string): Promise<void> {
  const target = join(folder, basename(path));
  if (existsSync(target) && sha256(readFileSync(target)) === digest) return;
  const response = await fetch(`${repository()}/${path}`, { signal: AbortSignal.timeout(patienceMs) }).catch(
    (error: unknown) => {
      throw new KafkaJarUnavailable(path, String(error));
    },
  );
  if (!response.ok) throw new KafkaJarUnavailable(path, `status ${String(response.status)}`);
  const data = await response.bytes();
  if (sha256(data) !== digest)
    throw new KafkaJarUnavailable(path, `its SHA-256 is ${sha256(data)}, the lock says ${digest}`);
  writeFileSync(`${target}.partial`, data);
  renameSync(`${target}.partial`, target);
}

/**
 * Folder with all jars of a Kafka broker and its command line tools, for `java -cp 'FOLDER/*' kafka.Kafka ...`.
 * Downloads what is missing (44 MB once) and checks each file against the lock; resumes where an earlier run was ended.
 */
export async function kafkaDistribution(report: Report = () => undefined): Promise<string> {
  const folder = distributionFolder();
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return folder;
  const name = `Kafka ${kafkaVersion} (${String(Object.keys(lock.jars).length)} jars from Maven Central)`;
  const started = performance.now();
  report({ kind: 'begin', step: name });
  mkdirSync(folder, { recursive: true });
  const waiting = Object.entries(lock.jars);
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await fetchJar(next[0], next[1], folder);
  };
  await Promise.all(Array.from({ length: parallelDownloads }, worker));
  rmSync(complete, { force: true });
  writeFileSync(complete, '');
  report({ kind: 'done', step: name, seconds: (performance.now() - started) / 1000 });
  return folder;
}
