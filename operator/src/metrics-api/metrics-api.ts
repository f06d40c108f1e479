import { pause, type Applier, type Clock, type KubeClient, type Logger } from '@tagservice/controller-runtime';
import { announceApiService } from './api-service.ts';
import { sharedCertificate } from './certificate-store.ts';
import { readClientAuthority } from './client-authority.ts';
import { answerMetrics, type MetricSource } from './handler.ts';
import { startMetricsServer, type MetricsServer, type Trust } from './server.ts';

export type MetricsApiOptions = {
  readonly client: KubeClient;
  readonly applier: Applier;
  readonly clock: Clock;
  readonly log: Logger;
  readonly port: number;
  /** The Service in front of the operator, and the Secret with its certificate. */
  readonly service: { readonly namespace: string; readonly name: string };
  readonly secret: string;
  readonly source: MetricSource;
  readonly isLeader: () => boolean;
  readonly answered: (status: number) => void;
};

/** The external metrics API: serves on every replica, announced by the leader. */
export interface MetricsApi {
  /** Why autoscalers cannot get their values; undefined when they can. */
  problem(): string | undefined;
  /** Whether it listens. */
  serving(): boolean;
  /** The port it listens on. */
  port(): number | undefined;
  /** Looks at everything now, for example because this replica has begun to lead. */
  nudge(): void;
  stop(): Promise<void>;
}

/** The announcement is looked at so often. At rest the whole operator makes no more than six requests a minute. */
const ROUND_MS = 60_000;
/** Certificates are read again so often: ours is renewed long before its end, and an API server changes its own seldom. */
const TRUST_MS = 600_000;
/** Until everything has worked once, sooner. */
const RETRY_MS = 2_000;

/** Starts the API and keeps its certificates and announcement right until it is stopped. Trouble is told by `problem`, never thrown. */
export function runMetricsApi(options: MetricsApiOptions): MetricsApi {
  const { clock, log } = options;
  const stopping = new AbortController();
  let server: MetricsServer | undefined;
  let problem: string | undefined = 'the metrics API is starting';
  let nap = new AbortController();

  let known: { trust: Trust; until: number } | undefined;

  /** Reads the certificates when it is time, and lets the server use them. */
  async function renewTrust(): Promise<Trust> {
    if (known !== undefined && clock.monotonic() < known.until) return known.trust;
    const trust = await readTrust(options);
    if (server === undefined) server = await startServer(options, trust);
    else server.renew(trust);
    known = { trust, until: clock.monotonic() + TRUST_MS };
    return trust;
  }

  async function round(): Promise<void> {
    const trust = await renewTrust();
    problem = options.isLeader() ? await announce(options, trust) : undefined;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const failed = await round().then(
        () => false,
        (error: unknown) => {
          problem = `the metrics API does not work (${error instanceof Error ? error.message : String(error)}); it is tried again by itself`;
          log.warn({ error }, problem);
          return true;
        },
      );
      await pause(clock, failed || server === undefined ? RETRY_MS : ROUND_MS, nap.signal);
      nap = new AbortController();
    }
  }

  const running = run();
  return {
    problem: () => problem,
    serving: () => server !== undefined,
    port: () => server?.port,
    nudge() {
      nap.abort();
    },
    async stop() {
      stopping.abort();
      nap.abort();
      await running;
      await server?.close();
    },
  };
}

async function readTrust({ client, clock, service, secret }: MetricsApiOptions): Promise<Trust> {
  const hosts = [`${service.name}.${service.namespace}.svc`];
  const [serving, clients] = await Promise.all([
    sharedCertificate({ client, namespace: service.namespace, secret, hosts, now: () => clock.now() }),
    readClientAuthority(client),
  ]);
  return { serving, clients };
}

function startServer({ port, source, clock, answered }: MetricsApiOptions, trust: Trust): Promise<MetricsServer> {
  const now = (): number => clock.now();
  return startMetricsServer({ port, trust, answered, answer: (url) => answerMetrics(url, { source, now }) });
}

function announce({ client, applier, service }: MetricsApiOptions, { serving }: Trust): Promise<string | undefined> {
  return announceApiService({ client, applier, service, ca: serving.ca });
}
