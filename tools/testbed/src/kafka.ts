import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './command.ts';
import { ensureKafka, kafkaLogging } from './ensure-kafka.ts';
import { logTail, serverControl, startGuarded, type GuardedProcess, type ServerControl } from './guarded-process.ts';
import { serverFolder } from './paths.ts';
import { exchange, freePorts, until } from './ports.ts';

/** A running Kafka broker. */
export interface TestKafka extends ServerControl {
  /** `127.0.0.1:port`, as for a list of brokers. */
  readonly address: string;
}

/** Entries of `server.properties` beyond or instead of ours. */
export interface KafkaOptions {
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

/** Alone it takes 5 s; beside a busy build, ten times that was seen. */
const startLimitMs = 110_000;

/** Starts a Kafka 4.1 broker (KRaft, one node, broker and controller) on a free port of 127.0.0.1. Takes about 5 s. */
export async function startKafka(options: KafkaOptions = {}): Promise<TestKafka> {
  const jars = await ensureKafka();
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const folder = await serverFolder('kafka');
  const properties = join(folder, 'server.properties');
  await writeFile(properties, serverProperties({ folder, port, controllerPort }, options.config ?? {}));
  const java = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', `-Dlog4j2.configurationFile=${kafkaLogging}`];
  java.push('-cp', join(jars, '*'));
  const launch = async (): Promise<GuardedProcess> => {
    const process = await startGuarded(folder, ['java', ...java, 'kafka.Kafka', properties]);
    await until(
      async () => await answersApiVersions(port),
      startLimitMs,
      async () => `Kafka did not start: ${await logTail(folder)}`,
    );
    return process;
  };
  try {
    // Kafka's form of an identifier; the letter in front keeps it from being read as an option.
    const clusterId = `k${randomBytes(16).toString('base64url').slice(1)}`;
    await runProgram('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties], 60_000);
    return { address: `127.0.0.1:${String(port)}`, ...serverControl(await launch(), launch) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function serverProperties(
  place: { folder: string; port: number; controllerPort: number },
  extra: Readonly<Record<string, string | number | boolean>>,
): string {
  const listener = `PLAINTEXT://127.0.0.1:${String(place.port)}`;
  const properties: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${String(place.controllerPort)}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `${listener},CONTROLLER://127.0.0.1:${String(place.controllerPort)}`,
    'advertised.listeners': listener,
    'log.dirs': join(place.folder, 'log'),
    // As on a well-kept cluster: whoever writes to a topic that nobody declared shall hear about it.
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    ...extra,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${String(value)}\n`)
    .join('');
}

/** Asks for ApiVersions (key 18, version 0, no client id): the first request that a broker answers once it serves. */
async function answersApiVersions(port: number): Promise<boolean> {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
  const answer = await exchange(port, request, (bytes) => bytes.length >= 10);
  return answer.readInt16BE(8) === 0;
}
