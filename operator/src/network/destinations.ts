import { isIP } from 'node:net';
import type { NetworkPolicy } from '@tagservice/controller-runtime';
import { ALL_BLOCKS } from './blocks.ts';

export type EgressRule = NonNullable<NonNullable<NetworkPolicy['spec']>['egress']>[number];

/** A server that the workers are told to use. */
export type Destination = { readonly host: string; readonly port: number };

/** Every namespace carries its name as this label. */
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/** `host:port`, with brackets around IPv6; undefined for what is none. */
export function destinationOf(text: string): Destination | undefined {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  return host === undefined ? undefined : { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/**
 * Lets pods of `namespace` reach a server. Policies know pods and addresses, not names, and see the pod behind a Service with its own port:
 * so a server in the cluster opens its namespace, one outside whose addresses nobody knows opens its port, and an address only itself.
 */
export function ruleFor({ host, port }: Destination, namespace: string): EgressRule {
  const ports = [{ protocol: 'TCP', port }];
  const family = isIP(host);
  if (family !== 0) return { to: [{ ipBlock: { cidr: `${host}/${family === 4 ? '32' : '128'}` } }], ports };
  const inside = namespaceOf(host, namespace);
  if (inside === undefined)
    return { to: ALL_BLOCKS.map((ipBlock) => ({ ipBlock: { ...ipBlock } as { cidr: string } })), ports };
  return { to: [{ namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: inside } } }] };
}

/** `kafka`, `kafka.data`, `broker-0.kafka.data.svc`, `kafka.data.svc.cluster.local` are in the cluster; a name of another form is not. */
function namespaceOf(host: string, own: string): string | undefined {
  const labels = host.replace(/\.$/, '').split('.');
  const service = labels.indexOf('svc');
  if (service > 0) return labels[service - 1];
  if (labels.length === 1) return own;
  return labels.length === 2 ? labels[1] : undefined;
}
