import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentNames, topicNames } from '@tagservice/contracts';
import { kafkaTopicAdmin } from '@tagservice/event-bus';
import { startKafka, startRedis } from '@tagservice/testbed';
import type { ServerProcess } from '../api/server-process.ts';
import { bundleInto, scriptIn } from '../process/bundles.ts';
import { serviceEnvironment, serviceProcess, type ServiceSettings } from '../process/service-process.ts';
import { Subject } from '../process/subject.ts';

const partitions = 4;
/** Articles of the sample site; each is there under as many addresses as are asked for. */
const slugs = ['sourdough-bread', 'alpine-cycling', 'chess-endgames', 'database-indexes', 'jazz-trio'];

/** All pages are one host's, to which nobody has to be polite here. */
const impolite = {
  [environmentNames.fetchAllowedNetworks]: '127.0.0.0/8',
  [environmentNames.fetchPerHostConcurrency]: '1000',
  [environmentNames.fetchPerHostIntervalMs]: '0',
};

/** Who asks, and in what surroundings. */
export interface ServiceOptions {
  /** Entry file of the generator; it is given the port of the API, the address of the site and its articles. */
  readonly generator: string;
  /** Further variables of API and compute. */
  readonly env?: Readonly<Record<string, string>>;
  /** Entry file of what API and compute load first and answer looks with. */
  readonly probe?: string;
}

/** The service at work, each part a process of its own. */
export interface Service {
  readonly api: ServerProcess;
  readonly compute: ServerProcess;
  readonly generator: Subject;
  /** What compute has logged. */
  readonly log: () => Promise<string>;
}

/** Starts API, compute, site, Kafka and Redis (with an append-only file) and ends them when the work is done. */
export async function withService<T>(options: ServiceOptions, work: (service: Service) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tagservice-bench-'));
  const [kafka, redis] = await Promise.all([startKafka(), startRedis({ appendonly: true })]);
  const stops: (() => Promise<void>)[] = [() => kafka.stop(), () => redis.stop()];
  try {
    await createTopics(kafka.address);
    const env = { ...serviceEnvironment({ kafka: kafka.address, redis: redis.url }), ...impolite, ...options.env };
    const log = join(folder, 'compute.log');
    const probed = await probedBy(folder, options.probe);
    const begin = async (...service: Parameters<typeof serviceProcess>): Promise<ServerProcess> => {
      const started = await (await serviceProcess(...service))();
      stops.unshift(() => started.stop());
      return started;
    };
    const site = await begin('sample-site', { folder, env: {} });
    const compute = await begin('compute', { folder, env, log, ...probed });
    const api = await begin('api', { folder, env, ...probed });
    const own = join(folder, 'generator');
    await bundleInto(own, { generator: options.generator });
    const siteUrl = `http://127.0.0.1:${String(site.port)}`;
    const generator = await Subject.start({
      program: process.execPath,
      args: [scriptIn(own, 'generator'), String(api.port), siteUrl, slugs.join()],
    });
    stops.unshift(() => generator.stop());
    return await work({ api, compute, generator, log: () => readFile(log, 'utf8') });
  } finally {
    for (const stop of stops) await stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function probedBy(folder: string, entry: string | undefined): Promise<Pick<ServiceSettings, 'probe'>> {
  if (entry === undefined) return {};
  const own = join(folder, 'probe');
  await bundleInto(own, { probe: entry });
  return { probe: scriptIn(own, 'probe') };
}

async function createTopics(broker: string): Promise<void> {
  const admin = kafkaTopicAdmin({ brokers: [broker], clientId: 'bench', timeoutMs: 30_000 });
  const { requests, results, deadLetters } = topicNames('bench');
  for (const name of [requests, results, deadLetters])
    await admin.create({ name, partitions, replicationFactor: 1, configs: {} });
  await admin.close();
}
