import type { Applied, Deployment, PodDisruptionBudget, Service, ServiceAccount } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { labels, REVISION_LABEL, selectorLabels, type Component } from '../children/labels.ts';
import type { PodTemplate } from './pod-template.ts';

type Named = { readonly service: TagService; readonly component: Component; readonly name: string };

/** The name of the Deployment of one component of one revision. */
export const deploymentName = (service: TagService, component: 'api' | 'compute', revision: string): string =>
  `${service.metadata.name}-${component}-${revision}`;

export type RevisionDeployment = {
  readonly service: TagService;
  readonly component: 'api' | 'compute';
  /** The hash at the end of the name of the revision. */
  readonly revision: string;
  /** As the revision keeps it. */
  readonly template: PodTemplate;
};

/**
 * The pods of one component of one revision. `spec.replicas` is left out: it belongs to the autoscaler, and before that to `scale`. Pods carry
 * their revision and never their role, so that a change of roles touches no pod.
 */
export function deployment({ service, component, revision, template }: RevisionDeployment): Applied<Deployment> {
  const image = template.spec?.containers[0]?.image;
  const mark = { [REVISION_LABEL]: revision };
  const matchLabels = { ...selectorLabels(service, component), ...mark };
  const { topologySpreadConstraints = [] } = template.spec ?? {};
  return {
    metadata: {
      name: deploymentName(service, component, revision),
      labels: { ...labels(service, component, image), ...mark },
    },
    spec: {
      selector: { matchLabels },
      revisionHistoryLimit: 1,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...mark } },
        spec: {
          ...template.spec,
          // Pods of the former revision leave soon: spread by them, the new ones would stand crooked.
          topologySpreadConstraints: topologySpreadConstraints.map((one) => ({
            ...one,
            labelSelector: { matchLabels },
          })),
        },
      },
    },
  };
}

/** The identity of the pods. It has no rights and its token is not mounted. */
export function serviceAccount({ service, component, name }: Named): Applied<ServiceAccount> {
  return { metadata: { name, labels: labels(service, component) }, automountServiceAccountToken: false };
}

export type Port = { readonly name: string; readonly port: number; readonly targetPort: string | number };

export type ServiceOptions = Named & {
  readonly ports: readonly Port[];
  readonly headless?: boolean;
  /** Narrows the selection further, for example to one pod. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Gives pods an address before they are ready. */
  readonly publishNotReady?: boolean;
};

/** A Service in front of pods of a component. */
export function clusterService({ service, component, name, ...options }: ServiceOptions): Applied<Service> {
  return {
    metadata: { name, labels: labels(service, component) },
    spec: {
      type: 'ClusterIP',
      ...(options.headless === true && { clusterIP: 'None' }),
      ...(options.publishNotReady === true && { publishNotReadyAddresses: true }),
      selector: { ...selectorLabels(service, component), ...options.selector },
      ports: options.ports.map((port) => ({ ...port, protocol: 'TCP' })),
    },
  };
}

/**
 * Lets drains take one pod at a time. Pods that are not ready may always go: a crashing pod must not block a drain. It follows one revision by
 * name, because pods of another that do not start would otherwise use up what may be missing.
 */
export function disruptionBudget({ service, component, name }: Named, revision?: string): Applied<PodDisruptionBudget> {
  const matchLabels = {
    ...selectorLabels(service, component),
    ...(revision !== undefined && { [REVISION_LABEL]: revision }),
  };
  return {
    metadata: { name, labels: labels(service, component) },
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels } },
  };
}
