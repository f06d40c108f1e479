import { BlockList, isIP } from 'node:net';
import type { Applied, NetworkPolicy } from '@tagservice/controller-runtime';

/** One attempt to connect: to an address, which is that of a pod where `pod` is given. */
export interface Connection {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly pod?: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

type Policy = Applied<NetworkPolicy>;
type Rule = NonNullable<NonNullable<NetworkPolicy['spec']>['egress']>[number];
type Peer = NonNullable<Rule['to']>[number];
type Selector = NonNullable<Peer['podSelector']>;

/** Whether a policy in the namespace `tags` lets a connection out, by the words of its specification: a rule that fits is enough. */
export function isLetOut(policy: Policy, connection: Connection): boolean {
  const rules = (policy.spec?.egress ?? []) as readonly Rule[];
  return rules.some((rule) => portFits(rule, connection) && peerFits(rule, connection));
}

function portFits({ ports = [] }: Rule, { port, protocol }: Connection): boolean {
  if (ports.length === 0) return true;
  return ports.some((one) => (one.protocol ?? 'TCP') === protocol && (one.port === undefined || one.port === port));
}

function peerFits({ to = [] }: Rule, connection: Connection): boolean {
  return to.length === 0 || to.some((peer) => fits(peer, connection));
}

function fits({ ipBlock, podSelector, namespaceSelector }: Peer, { address, pod }: Connection): boolean {
  if (ipBlock !== undefined) {
    return isIn(address, ipBlock.cidr) && !(ipBlock.except ?? []).some((range) => isIn(address, range));
  }
  if (pod === undefined) return false;
  const named = { 'kubernetes.io/metadata.name': pod.namespace };
  const inNamespace = namespaceSelector === undefined ? pod.namespace === 'tags' : selects(namespaceSelector, named);
  return inNamespace && (podSelector === undefined || selects(podSelector, pod.labels));
}

function selects({ matchLabels = {} }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

function isIn(address: string, cidr: string): boolean {
  const [range = '', length = ''] = cidr.split('/');
  const [family, other] = [isIP(address), isIP(range)].map((version) => (version === 4 ? 'ipv4' : 'ipv6')) as [
    'ipv4' | 'ipv6',
    'ipv4' | 'ipv6',
  ];
  if (family !== other) return false;
  const list = new BlockList();
  list.addSubnet(range, Number(length), other);
  return list.check(address, family);
}
