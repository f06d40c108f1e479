import { StoreRefusedError, type Cache, type Clock, type Pod } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { serviceKey } from '../children/names.ts';
import { BackgroundWork } from '../kafka/background-work.ts';
import { METRICS_PORT } from '../workload/pod-template.ts';
import { isReady, podsOf } from '../workload/pods.observe.ts';
import type { MetricReading } from './handler.ts';

/** Reads the text of a URL; rejects after its own time limit. */
export type ReadText = (url: string) => Promise<string>;

const FRESH_FOR_MS = 2_000;
const PATIENCE_MS = 2_500;

/** Reads how full the API pods of a TagService are, in percent of what they may hold together. */
export interface UtilizationReader {
  read(service: TagService): Promise<MetricReading>;
  /** A service (`namespace/name`) is gone. */
  forget(service: string): void;
}

/** A reader that asks each ready pod; many askers share one round of questions. */
export function utilizationReader(options: { cache: Cache; clock: Clock; readText: ReadText }): UtilizationReader {
  const work = new BackgroundWork({
    run: async (service: TagService) => utilization(() => podsOf(options.cache, service, 'api'), options.readText),
    freshForMs: () => FRESH_FOR_MS,
    patienceMs: PATIENCE_MS,
    clock: options.clock,
    finished: () => undefined,
  });
  return {
    async read(service) {
      const key = serviceKey(service);
      const reading = await work.result(key, service.metadata.uid, service);
      return reading ?? { kind: 'unknown', reason: `the API pods of ${key} have not answered yet` };
    },
    forget: (service) => {
      work.forget(service);
    },
  };
}

async function utilization(look: () => readonly Pod[], readText: ReadText): Promise<MetricReading> {
  const pods = seen(look);
  if (pods instanceof StoreRefusedError) return { kind: 'unknown', reason: pods.message };
  const asked = pods.filter((pod) => isReady(pod) && pod.status?.podIP !== undefined);
  if (asked.length === 0) return { kind: 'unknown', reason: 'no API pod is ready' };
  const loads = await Promise.all(asked.map(async (pod) => loadOf(pod, readText)));
  const known = loads.filter((load) => load !== undefined);
  const limit = known.reduce((sum, load) => sum + load.limit, 0);
  if (limit === 0) return { kind: 'unknown', reason: `none of ${asked.length} ready API pods told its load` };
  return { kind: 'known', value: (100 * known.reduce((sum, load) => sum + load.inFlight, 0)) / limit };
}

/** Which pods there are, or why that cannot be told. */
function seen(look: () => readonly Pod[]): readonly Pod[] | StoreRefusedError {
  try {
    return look();
  } catch (error) {
    if (error instanceof StoreRefusedError) return error;
    throw error;
  }
}

async function loadOf(pod: Pod, readText: ReadText): Promise<{ inFlight: number; limit: number } | undefined> {
  const address = pod.status?.podIP ?? '';
  const host = address.includes(':') ? `[${address}]` : address;
  try {
    const metrics = await readText(`http://${host}:${METRICS_PORT}/metrics`);
    const inFlight = gauge(metrics, 'tagservice_api_in_flight');
    const limit = gauge(metrics, 'tagservice_api_in_flight_limit');
    return inFlight === undefined || limit === undefined ? undefined : { inFlight, limit };
  } catch {
    // A pod that does not answer says nothing about the others; readiness will take it out if it stays so.
    return undefined;
  }
}

/** The value of a metric without regard to its labels, from the Prometheus text format. */
export function gauge(metrics: string, name: string): number | undefined {
  const [, value] = new RegExp(String.raw`^${name}(?:\{[^}]*\})? ([-+0-9.eE]+)`, 'm').exec(metrics) ?? [];
  const number = Number(value);
  return value === undefined || !Number.isFinite(number) ? undefined : number;
}
