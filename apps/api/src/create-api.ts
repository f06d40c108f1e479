import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EventBus } from '@tagservice/event-bus';
import { requiredOnce } from '@tagservice/service-kit';
import type { HealthCheck, Logger } from '@tagservice/service-kit';
import type { Crawls, Quota, SideStore, TagStore } from '@tagservice/tag-store';
import type { MessageTimer } from '@tagservice/timers';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { ApiModule } from './api.module.ts';
import { admissionOf } from './admission/admission-of.ts';
import { installAdmission } from './admission/admission.ts';
import type { ReadQueue } from './admission/queue-wait.ts';
import { requireDeclaredAccess } from './identity/access.ts';
import { installAuthentication } from './identity/authentication.ts';
import { identityOf } from './identity/identity.ts';
import { JobHandles } from './identity/job-handles.ts';
import { ApiMetrics } from './http/api-metrics.ts';
import { readJsonBodies } from './http/json-bodies.ts';
import { matchRoutes } from './http/matched-route.ts';
import { rejectMalformed } from './http/malformed.ts';
import { ProblemFilter, toProblem } from './http/problem.filter.ts';
import { installHooks, securityHeaders } from './http/request-hooks.ts';
import { trackRoutes } from './http/routes.ts';
import type { KnownRoute } from './http/routes.ts';
import { sendProblem } from './http/send-problem.ts';
import { installManners } from './manners/manners.ts';
import { FindTags } from './tags/find-tags.use-case.ts';
import { answerKnownPages } from './tags/known-pages.ts';
import { PageSender } from './tags/page-sender.ts';
import type { ApiPolicy } from './settings/api-settings.ts';
import { systemClock } from '@tagservice/service-kit';
import type { Clock } from '@tagservice/service-kit';

export interface CreateApiOptions {
  readonly store: TagStore;
  readonly side: SideStore;
  readonly crawls: Crawls;
  /** Where the runs of crawls wait until compute does them. */
  readonly crawlTimer: Pick<MessageTimer, 'schedule'>;
  readonly bus: EventBus;
  readonly policy: ApiPolicy;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock?: Clock;
  /** Counts the requests of tenants over all instances. It is not closed here. */
  readonly quota: Quota;
  /** Looks at the queue of jobs; left out, nobody is refused for its length. */
  readonly readQueue?: ReadQueue;
}

/** The API, ready to listen or (in tests) to be injected with requests. It owns neither store nor bus. */
export interface Api {
  readonly app: NestFastifyApplication;
  /** What must be well for this instance to get traffic. */
  readonly checks: readonly HealthCheck[];
  /** Everything that it answers to. */
  routes(): readonly KnownRoute[];
  /** Resolves to the port. */
  listen(port: number, host?: string): Promise<number>;
  /** Takes no new connections, lets requests in flight finish. */
  close(): Promise<void>;
}

/** Builds the API on its ports. Store and bus may be away: it starts, says so in its readiness, and answers what it can. */
export async function createApi(options: CreateApiOptions): Promise<Api> {
  const { store, side, crawls, crawlTimer, bus, policy, logger, registry, clock = systemClock } = options;
  const metrics = new ApiMetrics(registry);
  const server = createServer(policy.admission);
  const routes = trackRoutes(server);
  const identity = identityOf(policy.identity, { clock, logger });
  requireDeclaredAccess(server);
  matchRoutes(server);
  installHooks(server, { logger, metrics });
  installManners(server, { allowedMethods: routes.allowed });
  server.decorate('jobHandles', identity.mode === 'JWT' ? new JobHandles(policy.jobHandleKey) : null);
  installAuthentication(server, { identity, registry });
  const admission = admissionOf(options, metrics);
  installAdmission(server, admission);
  const knownPages = answerKnownPages(server);
  const { queueWait } = admission;
  const stores = { store, side, crawls, crawlTimer };
  const module = ApiModule.on({ ...stores, bus, policy, logger, metrics, clock, queueWait });
  // The instance is Fastify's plain one; the adapter's type parameters differ in nothing that matters here.
  const adapter = new FastifyAdapter(server as never);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    abortOnError: false,
    // Fastify reads JSON by itself; the adapter would add forms, which nobody here sends.
    bodyParser: false,
  });
  knownPages.use({ findTags: app.get(FindTags), pages: app.get(PageSender) });
  app.useGlobalFilters(new ProblemFilter(logger, routes.allowed));
  return {
    app,
    checks: [
      reachable('redis', () => store.ping()),
      reachable('kafka', () => bus.ping()),
      ...(identity.mode === 'JWT' ? [identity.check] : []),
    ],
    routes: routes.all,
    async listen(port, host = '0.0.0.0') {
      await app.listen(port, host);
      const address = server.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async close() {
      await app.close();
      admission.close();
    },
  };
}

/** Requests are read and answers are written without Fastify's schemas: its compilers (ajv, fast-json-stringify) would be loaded for nothing. */
const compiler = (): never => {
  throw new SchemaUnexpected('A route has a schema of Fastify, which nothing here compiles.');
};
const noCompilers = { buildValidator: () => compiler, buildSerializer: () => compiler };

/** A defect of this program, found when it starts. */
export class SchemaUnexpected extends Error {
  override readonly name = 'SchemaUnexpected';
}

/** A path holds at most a tag of 64 characters, each percent-encoded as up to 12. */
const PARAMETER_LENGTH = 1_024;

function createServer({ bodyBytes, trustedProxies }: ApiPolicy['admission']): FastifyInstance {
  const server = fastify({
    bodyLimit: bodyBytes,
    schemaController: { compilersFactory: noCompilers },
    // Who else says for whom a request comes is not believed.
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    routerOptions: { maxParamLength: PARAMETER_LENGTH, ignoreTrailingSlash: true },
    // Idle connections end after the usual load balancer's 60 s, so that it is never the server who closes under a request.
    keepAliveTimeout: 65_000,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    clientErrorHandler: rejectMalformed,
    frameworkErrors: (error, _request, reply) => {
      // No hook has run for a path that the router could not read.
      sendProblem(reply.headers(securityHeaders) as never, toProblem(error));
    },
  });
  readJsonBodies(server);
  return server;
}

function reachable(name: string, ping: () => Promise<void>): HealthCheck {
  return requiredOnce({
    name,
    kinds: ['ready'],
    async check() {
      await ping();
      return { ok: true };
    },
  });
}
