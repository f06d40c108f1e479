import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import type { KubeClient } from '../client/client.ts';
import { connect } from '../client/connect.ts';
import { systemClock } from '../clock/clock.ts';
import { RecordingLogger } from './recording-logger.ts';
import { configMap, isWatch, json, listOf, refuse, ScriptedServer, type Received } from './scripted-server.ts';
import { Reflector } from '../cache/reflector.ts';
import type { ReflectorTiming } from '../cache/reflector-timing.ts';

/** What the sink was told, in short. */
type Told = string;

export let server: ScriptedServer;
let client: KubeClient;
export let stop: AbortController;
export let told: Told[];
export let log: RecordingLogger;
export let running: Promise<void>;

/** Gives every test of a file a server, and a reflector once it calls `run`. */
export function useReflector(): void {
  beforeEach(async () => {
    server = await ScriptedServer.start((_request, response) => {
      refuse(response, 500);
    });
    client = connect({ kubeconfig: server.kubeconfig, userAgent: 'test' });
    stop = new AbortController();
    told = [];
    log = new RecordingLogger();
  });

  afterEach(async () => {
    stop.abort();
    await running;
    await client.close();
    await server.stop();
  });
}

/** Starts the reflector. */
export function run(timing: Partial<ReflectorTiming> = {}, watches = 1): Reflector<ConfigMap> {
  const reflector = new Reflector<ConfigMap>({
    client,
    resource: ConfigMap,
    selection: { labelSelector: 'app=x' },
    sink: {
      replace: (items, version) => told.push(`list@${version}: ${items.map((item) => item.metadata.name).join(',')}`),
      change: (type, object) => told.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`),
      reset: () => told.push('reset'),
    },
    watches,
    clock: systemClock,
    log,
    timing: { backoffMs: 1, maxBackoffMs: 5, shortestWatchMs: 0, ...timing },
  });
  running = reflector.run(stop.signal);
  return reflector;
}

/** Serves lists by `list`, and the nth watch by the nth of `watches`; further watches stay open and silent. */
export function serve(
  list: (request: Received, response: ServerResponse) => void,
  watches: ((response: ServerResponse) => void)[],
): void {
  const left = [...watches];
  server.answer((request, response) => {
    if (!isWatch(request)) {
      list(request, response);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    left.shift()?.(response);
  });
}

export const oneList = (_request: Received, response: ServerResponse): void => {
  json(response, listOf(10, [configMap('a', 5)]));
};
export const watchRequests = (): Received[] => server.requests.filter(isWatch);
export const lists = (): Received[] => server.requests.filter((request) => !isWatch(request));
