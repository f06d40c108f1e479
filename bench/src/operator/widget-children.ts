import { createHash } from 'node:crypto';
import {
  controllerReference,
  type Applied,
  type ConfigMap,
  type Deployment,
  type Service,
} from '@tagservice/controller-runtime';
import type { Widget } from './widget.ts';

/** Everything that is made of one widget; the same, field by field, as in `bench/go/operator/reconcile.go`. */
export interface WidgetChildren {
  readonly configMap: Applied<ConfigMap>;
  readonly service: Applied<Service>;
  readonly deployment: Applied<Deployment>;
  readonly status: Applied<Widget>;
}

/** First 8 bytes of the SHA-256 of the declared content. */
export function contentHash({ message, replicas, port }: Widget['spec']): string {
  return createHash('sha256')
    .update(`${message}\n${String(replicas)}\n${String(port)}`)
    .digest('hex')
    .slice(0, 16);
}

/** What a widget asks for. */
export function childrenOf(widget: Widget): WidgetChildren {
  const { spec } = widget;
  const { name, namespace = '', generation } = widget.metadata;
  const hash = contentHash(spec);
  const selector = { 'app.kubernetes.io/name': name };
  const labels = { ...selector, 'app.kubernetes.io/managed-by': 'widget-operator' };
  const metadata = { name, namespace, labels, ownerReferences: [controllerReference(widget)] };
  const container = {
    name: 'web',
    image: 'example.com/web:1',
    ports: [{ name: 'http', containerPort: spec.port }],
    envFrom: [{ configMapRef: { name } }],
  };
  return {
    configMap: { metadata, data: { message: spec.message } },
    service: { metadata, spec: { selector, ports: [{ name: 'http', port: spec.port, targetPort: 'http' }] } },
    deployment: {
      metadata,
      spec: {
        replicas: spec.replicas,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels, annotations: { 'bench.tagservice.dev/hash': hash } },
          spec: { containers: [container] },
        },
      },
    },
    status: { metadata: { name, namespace }, status: { observedGeneration: generation, hash } },
  };
}
