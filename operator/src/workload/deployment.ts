import type { Applied, Deployment, PodDisruptionBudget, Service, ServiceAccount } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { labels, selectorLabels, type Component } from '../children/labels.ts';
import type { PodTemplate } from './pod-template.ts';

type Named = { readonly service: TagService; readonly component: Component; readonly name: string };

/** A Deployment whose pods are replaced one by one, the new one first. `spec.replicas` is left out: it belongs to the autoscaler. */
export function deployment({
  service,
  component,
  name,
  template,
}: Named & { template: PodTemplate }): Applied<Deployment> {
  const image = template.spec?.containers[0]?.image;
  return {
    metadata: { name, labels: labels(service, component, image) },
    spec: {
      selector: { matchLabels: selectorLabels(service, component) },
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template,
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

/** Lets drains take one pod at a time. Pods that are not ready may always go: a crashing pod must not block a drain. */
export function disruptionBudget({ service, component, name }: Named): Applied<PodDisruptionBudget> {
  return {
    metadata: { name, labels: labels(service, component) },
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selectorLabels(service, component) },
    },
  };
}
