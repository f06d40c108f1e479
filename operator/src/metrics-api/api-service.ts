import { isDeepStrictEqual } from 'node:util';
import { APIService, type Applier, type KubeClient } from '@tagservice/controller-runtime';
import { isManaged, MANAGER } from '../children/labels.ts';
import { GROUP, VERSION } from './handler.ts';

export const API_SERVICE_NAME = `${VERSION}.${GROUP}`;

export type ApiServiceOptions = {
  readonly client: KubeClient;
  readonly applier: Applier;
  /** The Service in front of the operator. */
  readonly service: { readonly namespace: string; readonly name: string };
  /** PEM of the CAs that are trusted. */
  readonly ca: string;
};

/**
 * Announces the metrics API to the cluster. There is one such name per cluster: one that somebody else holds is left alone, and the answer says
 * who holds it. Undefined: it is ours.
 */
export async function announceApiService({
  client,
  applier,
  service,
  ca,
}: ApiServiceOptions): Promise<string | undefined> {
  const found = await client.find(APIService, { namespace: '', name: API_SERVICE_NAME });
  if (found !== undefined && (!isManaged(found) || isServedElsewhere(found, service))) {
    const holder = found.spec?.service;
    const who =
      holder === undefined ? 'the API server itself' : `Service ${holder.namespace ?? ''}/${holder.name ?? ''}`;
    return `APIService ${API_SERVICE_NAME} belongs to ${who}, so queue length and API load cannot be served to autoscalers: remove it (with what installed it), or scale by that provider`;
  }
  const wanted = apiServiceOf(service, ca);
  // Only the look costs a request while nothing differs.
  if (found === undefined || !isDeepStrictEqual(project(found), project(wanted)))
    await applier.apply(APIService, wanted, { fieldManager: `${MANAGER}/metrics-api` });
  return undefined;
}

/** Another operator of this kind serves it: two that announce in turn would leave the autoscalers of both without values half of the time. */
function isServedElsewhere({ spec, status }: APIService, { namespace, name }: ApiServiceOptions['service']): boolean {
  if (spec?.service?.namespace === namespace && spec.service.name === name) return false;
  // One that leads nowhere was left by an operator that is gone, or somebody altered it.
  return status?.conditions?.some((one) => one.type === 'Available' && one.status === 'True') ?? false;
}

function apiServiceOf(service: ApiServiceOptions['service'], ca: string) {
  return {
    metadata: {
      name: API_SERVICE_NAME,
      labels: { 'app.kubernetes.io/managed-by': MANAGER, 'app.kubernetes.io/part-of': 'tagservice' },
    },
    spec: {
      group: GROUP,
      version: VERSION,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      service: { ...service, port: 443 },
      caBundle: Buffer.from(ca).toString('base64'),
    },
  };
}

type Announced = { readonly spec?: NonNullable<APIService['spec']> };

/** What of an announcement is ours. */
function project({ spec }: Announced): unknown {
  const { group, version, groupPriorityMinimum, versionPriority, service, caBundle } = spec ?? {};
  return { group, version, groupPriorityMinimum, versionPriority, caBundle, service: { ...service } };
}
