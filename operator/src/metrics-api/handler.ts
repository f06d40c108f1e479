import { SERVICE_LABEL } from '../children/labels.ts';
import { LAG_METRIC, UTILIZATION_METRIC } from '../scaling/scaling.plan.ts';

export const GROUP = 'external.metrics.k8s.io';
export const VERSION = 'v1beta1';

export type MetricName = typeof LAG_METRIC | typeof UTILIZATION_METRIC;

/** A value, or why there is none. There is no default: an autoscaler that gets an error holds, one that gets a zero scales down. */
export type MetricReading =
  | { readonly kind: 'known'; readonly value: number }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'missing'; readonly reason: string };

/** Where values come from. */
export interface MetricSource {
  read(metric: MetricName, service: { readonly namespace: string; readonly name: string }): Promise<MetricReading>;
}

export type Answer = { readonly status: number; readonly body: unknown };

const METRICS: readonly MetricName[] = [LAG_METRIC, UTILIZATION_METRIC];
const BASE = `/apis/${GROUP}/${VERSION}`;
const QUERY = new RegExp(`^${BASE.replaceAll('.', String.raw`\.`)}/namespaces/([^/]+)/([^/]+)$`);

type Options = { readonly source: MetricSource; readonly now: () => number };

/** Answers a GET as the Kubernetes API wants it: discovery, or the value of a metric. */
export async function answerMetrics(url: string, options: Options): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, 'https://localhost');
  const discovery = DISCOVERY[pathname.replace(/\/$/, '')];
  if (discovery !== undefined) return { status: 200, body: discovery };
  const [, namespace, metric] = QUERY.exec(pathname) ?? [];
  if (namespace === undefined || metric === undefined) return failure(404, 'NotFound', `there is no ${pathname} here`);
  if (!isMetric(metric))
    return failure(404, 'NotFound', `there is no metric ${metric}; there are ${METRICS.join(' and ')}`);
  const selector = searchParams.get('labelSelector') ?? '';
  const name = serviceOf(selector);
  if (name === undefined)
    return failure(400, 'BadRequest', `a label selector ${SERVICE_LABEL}=<name> is needed, found "${selector}"`);
  return answerValue(metric, { namespace, name }, options);
}

async function answerValue(
  metric: MetricName,
  service: { namespace: string; name: string },
  { source, now }: Options,
): Promise<Answer> {
  const reading = await source.read(metric, service);
  if (reading.kind === 'missing') return failure(404, 'NotFound', reading.reason);
  if (reading.kind === 'unknown') return failure(503, 'ServiceUnavailable', reading.reason);
  return { status: 200, body: valueList({ metric, name: service.name, value: reading.value, now: now() }) };
}

const isMetric = (name: string): name is MetricName => (METRICS as readonly string[]).includes(name);

/** The service that a selector asks for: `label=name`, `label==name` or `label in (name)`, alone. */
export function serviceOf(selector: string): string | undefined {
  const [, equal, among] =
    /^\s*tagservice\.dev\/service\s*(?:==?\s*([-a-z0-9]+)|in\s*\(\s*([-a-z0-9]+)\s*\))\s*$/.exec(selector) ?? [];
  return equal ?? among;
}

function valueList({ metric, name, value, now }: { metric: MetricName; name: string; value: number; now: number }) {
  return {
    kind: 'ExternalMetricValueList',
    apiVersion: `${GROUP}/${VERSION}`,
    metadata: {},
    items: [
      {
        metricName: metric,
        metricLabels: { [SERVICE_LABEL]: name },
        timestamp: new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z'),
        value: quantityOf(value),
      },
    ],
  };
}

/** A number as a quantity, to a thousandth. */
function quantityOf(value: number): string {
  return Number.isInteger(value) ? String(value) : `${Math.round(value * 1_000)}m`;
}

/** A refusal in the API's own form. */
export function failure(code: number, reason: string, message: string): Answer {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
  };
}

const version = { groupVersion: `${GROUP}/${VERSION}`, version: VERSION };
const group = { name: GROUP, versions: [version], preferredVersion: version };

const DISCOVERY: Readonly<Record<string, unknown>> = {
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [group] },
  [`/apis/${GROUP}`]: { kind: 'APIGroup', apiVersion: 'v1', ...group },
  [BASE]: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${GROUP}/${VERSION}`,
    resources: METRICS.map((name) => ({
      name,
      singularName: '',
      namespaced: true,
      kind: 'ExternalMetricValueList',
      verbs: ['get'],
    })),
  },
};
