import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './command.ts';
import { ensureKafka, kafkaLogging } from './ensure-kafka.ts';
import { logTail, serverControl, startGuarded, type GuardedProcess, type ServerControl } from './guarded-process.ts';
import {
  kafkaProperties,
  pemFiles,
  scramArguments,
  type KafkaNode,
  type KafkaUser,
  type ListenerSecurity,
  type Properties,
} from './kafka-properties.ts';
import { serverFolder } from './paths.ts';
import { exchange, freePorts, until } from './ports.ts';
import type { TestAuthority } from './test-certificates.ts';

export type { KafkaUser } from './kafka-properties.ts';

/** One broker. */
export interface TestBroker extends ServerControl {
  readonly id: number;
  /** `127.0.0.1:port` */
  readonly address: string;
}

/** A running Kafka. What is done to it is done to all its brokers. */
export interface TestKafka extends ServerControl {
  /** `127.0.0.1:port` of the first broker, as for a list of brokers. */
  readonly address: string;
  readonly brokers: readonly TestBroker[];
  /** Gives the user another password for SCRAM-SHA-512, as an administrator does. Takes about 3 s. */
  setPassword(user: KafkaUser): Promise<void>;
}

export interface KafkaOptions {
  /** Entries of `server.properties` beyond or instead of ours. */
  readonly config?: Properties;
  /** Brokers, each of them a controller too; ids from 1. Default 1. Each takes about 320 MiB. */
  readonly brokers?: number;
  /** The listener speaks TLS with a certificate of this authority. */
  readonly tls?: { readonly authority: TestAuthority; readonly clientCertificates?: boolean };
  /** Clients have to log in as this user: by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly sasl?: KafkaUser;
}

/** Alone it takes 5 s; beside a busy build, ten times that was seen. */
const startLimitMs = 110_000;

/** Starts Kafka 4.1 (KRaft) on free ports of 127.0.0.1. Takes about 5 s, with three brokers about 12 s. */
export async function startKafka(options: KafkaOptions = {}): Promise<TestKafka> {
  const java = await javaArguments();
  const nodes = await freeNodes(options.brokers ?? 1);
  const security: ListenerSecurity = {
    clientCertificates: options.tls?.clientCertificates === true,
    ...(options.tls !== undefined && { authority: options.tls.authority }),
    ...(options.sasl !== undefined && { user: options.sasl }),
  };
  // Kafka's form of an identifier; the letter in front keeps it from being read as an option.
  const clusterId = `k${randomBytes(16).toString('base64url').slice(1)}`;
  try {
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, ...scramArguments(options.sasl), '-c'];
    await Promise.all(
      nodes.map(async (node) => {
        const file = await writeFiles(node, { ...kafkaProperties(node, nodes, security), ...options.config }, security);
        await runProgram('java', [...java, ...format, file], 60_000);
      }),
    );
    return together(await startNodes(java, nodes), nodes, java);
  } catch (error) {
    await Promise.all(nodes.map(({ folder }) => rm(folder, { recursive: true, force: true })));
    throw error;
  }
}

async function javaArguments(): Promise<string[]> {
  const jars = await ensureKafka();
  const memory = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC'];
  return [...memory, `-Dlog4j2.configurationFile=${kafkaLogging}`, '-cp', join(jars, '*')];
}

async function freeNodes(count: number): Promise<KafkaNode[]> {
  const ports = await freePorts(count * 3);
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const [port = 0, internalPort = 0, controllerPort = 0] = ports.slice(index * 3, index * 3 + 3);
      return { id: index + 1, folder: await serverFolder('kafka'), port, internalPort, controllerPort };
    }),
  );
}

const propertiesFile = ({ folder }: KafkaNode): string => join(folder, 'server.properties');

async function writeFiles(node: KafkaNode, properties: Properties, { authority }: ListenerSecurity): Promise<string> {
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${String(value)}\n`);
  await writeFile(propertiesFile(node), lines.join(''));
  if (authority !== undefined) {
    const { ca, server } = authority;
    await writeFile(join(node.folder, pemFiles.keys), `${server.key}${server.cert}`);
    await writeFile(join(node.folder, pemFiles.trust), ca);
  }
  return propertiesFile(node);
}

/** All at once: a broker does not answer before most controllers run. When one does not start, the others are ended. */
async function startNodes(java: readonly string[], nodes: readonly KafkaNode[]): Promise<TestBroker[]> {
  const starting = nodes.map(async (node): Promise<TestBroker> => {
    const launch = async (): Promise<GuardedProcess> => await launchNode(java, node);
    return { id: node.id, address: `127.0.0.1:${String(node.port)}`, ...serverControl(await launch(), launch) };
  });
  const results = await Promise.allSettled(starting);
  const failed = results.find((result) => result.status === 'rejected');
  const brokers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (failed === undefined) return brokers;
  await Promise.all(brokers.map((broker) => broker.stop()));
  throw failed.reason;
}

async function launchNode(java: readonly string[], node: KafkaNode): Promise<GuardedProcess> {
  const process = await startGuarded(node.folder, ['java', ...java, 'kafka.Kafka', propertiesFile(node)]);
  try {
    await until(
      async () => await answersApiVersions(node.internalPort),
      startLimitMs,
      async () => `Kafka did not start: ${await logTail(node.folder)}`,
    );
    return process;
  } catch (error) {
    await process.stop();
    throw error;
  }
}

function together(brokers: readonly TestBroker[], nodes: readonly KafkaNode[], java: readonly string[]): TestKafka {
  const all = async (act: (broker: TestBroker) => Promise<void>): Promise<void> => {
    await Promise.all(brokers.map(act));
  };
  return {
    address: brokers[0]?.address ?? '',
    brokers,
    kill: async () => {
      await all((broker) => broker.kill());
    },
    restart: async () => {
      await all((broker) => broker.restart());
    },
    stop: async () => {
      await all((broker) => broker.stop());
    },
    pause: async () => {
      await all((broker) => broker.pause());
    },
    resume: () => {
      for (const broker of brokers) broker.resume();
    },
    setPassword: async ({ username, password }) => {
      const server = `127.0.0.1:${String(nodes[0]?.internalPort ?? 0)}`;
      const secret = `SCRAM-SHA-512=[password=${password}]`;
      const change = ['--alter', '--add-config', secret, '--entity-type', 'users', '--entity-name', username];
      await runProgram('java', [...java, 'kafka.admin.ConfigCommand', '--bootstrap-server', server, ...change], 60_000);
    },
  };
}

/** Asks for ApiVersions (key 18, version 0, no client id): the first request that a broker answers once it serves. */
async function answersApiVersions(port: number): Promise<boolean> {
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
  const answer = await exchange(port, request, (bytes) => bytes.length >= 10);
  return answer.readInt16BE(8) === 0;
}
