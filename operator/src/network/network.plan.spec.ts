import { classifyAddress } from '@tagservice/safe-fetch';
import type { TagServiceSpecInput } from '@tagservice/crd';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { isLetOut, type Connection } from '../../test/policy-evaluator.ts';
import { computeEnvironmentOf } from '../compute/compute.plan.ts';
import { GLOBAL_BLOCKS } from './blocks.ts';
import { planNetworkPolicy, type Environment } from './network.plan.ts';

const allowed = '10.96.0.0/16';
const spec: Partial<TagServiceSpecInput> = {
  kafka: { brokers: ['kafka.data:9092', '192.0.2.9:9094', 'b1.kafka.example.com:9096'] },
  compute: { fetch: { allowedNetworks: [allowed, 'fd00:1::/64'] } },
  observability: { tracing: { otlpEndpoint: 'http://collector.watch.svc:4318' } },
};

function policyOf(more: Partial<TagServiceSpecInput> = spec, others: readonly Environment[] = []) {
  const declared = service(more);
  return planNetworkPolicy(declared, [computeEnvironmentOf(declared), ...others]);
}
const policy = policyOf();
const to = (more: Partial<Connection>): Connection => ({ address: '10.244.0.9', port: 443, protocol: 'TCP', ...more });
const inCluster = (namespace: string, labels: Record<string, string> = {}) => ({ namespace, labels });
const redis = { 'tagservice.dev/service': 'demo', 'app.kubernetes.io/component': 'redis' };

describe('the workers are let out to', () => {
  it.each<[string, Partial<Connection>]>([
    [
      'name servers of the cluster',
      { port: 53, protocol: 'UDP', pod: inCluster('kube-system', { 'k8s-app': 'kube-dns' }) },
    ],
    ['name servers over TCP', { port: 53, pod: inCluster('kube-system') }],
    ['name servers that listen higher', { port: 5353, protocol: 'UDP', pod: inCluster('openshift-dns') }],
    ['the name server of a node', { address: '169.254.20.10', port: 53, protocol: 'UDP' }],
    ['the web', { address: '93.184.216.34', port: 80 }],
    ['the web over TLS', { address: '1.1.1.1', port: 443 }],
    ['the web over IPv6', { address: '2606:4700:4700::1111', port: 443 }],
    ['the web behind NAT64', { address: '64:ff9b::5db8:d822', port: 443 }],
    ['their Redis', { port: 6379, pod: inCluster('tags', redis) }],
    ['brokers in the cluster, whatever the port of their pods', { port: 29092, pod: inCluster('data') }],
    ['a broker by its address', { address: '192.0.2.9', port: 9094 }],
    ['a broker outside, whose addresses nobody knows', { address: '198.51.100.7', port: 9096 }],
    ['the collector of traces', { port: 4318, pod: inCluster('watch') }],
    ['allowed networks, on any port', { address: '10.96.3.4', port: 8080 }],
    ['allowed IPv6 networks', { address: 'fd00:1::5', port: 3000 }],
  ])('%s', (_what, connection) => {
    expect(isLetOut(policy, to(connection))).toBe(true);
  });
});

describe('the workers are not let out to', () => {
  it.each<[string, Partial<Connection>]>([
    ['cloud metadata', { address: '169.254.169.254', port: 80 }],
    ['cloud metadata over IPv6', { address: 'fd00:ec2::254', port: 80 }],
    ['cloud metadata behind NAT64', { address: '64:ff9b::a9fe:a9fe', port: 80 }],
    ["Azure's host services", { address: '168.63.129.16', port: 80 }],
    ["Alibaba's metadata", { address: '100.100.100.200', port: 80 }],
    ['the API server', { address: '10.97.0.1', port: 443 }],
    ['nodes', { address: '192.168.49.2', port: 10250 }],
    ['private networks', { address: '10.0.0.1', port: 80 }],
    ['private networks behind NAT64', { address: '64:ff9b::a00:1', port: 443 }],
    ['other pods on web ports', { port: 80, pod: inCluster('shop') }],
    ['other pods of their own namespace', { port: 8080, pod: inCluster('tags', { app: 'admin' }) }],
    [
      'the API of their own service',
      { port: 3000, pod: inCluster('tags', { ...redis, 'app.kubernetes.io/component': 'api' }) },
    ],
    [
      'the Redis of another service',
      { port: 6379, pod: inCluster('tags', { ...redis, 'tagservice.dev/service': 'other' }) },
    ],
    ['the Redis of a service of that name elsewhere', { port: 6379, pod: inCluster('elsewhere', redis) }],
    ['other ports of their Redis', { port: 22, pod: inCluster('tags', redis) }],
    ['public hosts on other ports', { address: '93.184.216.34', port: 22 }],
    ['public hosts over UDP', { address: '93.184.216.34', port: 443, protocol: 'UDP' }],
    ['other ports of a broker by its address', { address: '192.0.2.9', port: 22 }],
    ['6to4', { address: '2002:a00:1::1', port: 80 }],
    ['Teredo', { address: '2001:0:4136:e378::1', port: 80 }],
    ['unique local addresses', { address: 'fd12::1', port: 443 }],
    ['link-local addresses', { address: 'fe80::1', port: 443 }],
    ['IPv6 loopback', { address: '::1', port: 443 }],
  ])('%s', (_what, connection) => {
    expect(isLetOut(policy, to(connection))).toBe(false);
  });
});

describe('the policy', () => {
  it('takes for public exactly what the fetch takes for public', () => {
    const bare = policyOf({});
    const agree = (address: string) => {
      const isGlobal = classifyAddress(address, []).verdict === 'global';
      expect(isLetOut(bare, to({ address, port: 443 })), address).toBe(isGlobal);
    };
    fc.assert(fc.property(fc.ipV4(), agree), { numRuns: 2_000 });
    const word = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    for (const { cidr, except = [] } of GLOBAL_BLOCKS) {
      for (const range of [cidr, ...except]) for (const address of edgesOf(range)) agree(address);
    }
    // Interface identifiers of a tunnel (ISATAP) are told by bits that no range can name: these are left to the fetch.
    fc.assert(
      fc.property(word, word, word, (a, b, c) => agree(`${a}:${b}:${c}::1`)),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.ipV4(), (address) => agree(`64:ff9b::${hex(address)}`)),
      { numRuns: 1_000 },
    );
  });

  it('concerns the workers of the service and only what they begin', () => {
    expect(policy.metadata.name).toBe('demo-compute');
    expect(policy.spec?.podSelector).toEqual({
      matchLabels: { 'tagservice.dev/service': 'demo', 'app.kubernetes.io/component': 'compute' },
    });
    expect(policy.spec?.policyTypes).toEqual(['Egress']);
  });

  it('lets each revision reach what it was told, while two of them have pods', () => {
    const former = computeEnvironmentOf(service({ kafka: { brokers: ['old.past:9092'] } }));
    const both = policyOf(spec, [former]);
    for (const namespace of ['data', 'past']) {
      expect(isLetOut(both, to({ port: 9092, pod: inCluster(namespace) }))).toBe(true);
    }
    expect(isLetOut(policy, to({ port: 9092, pod: inCluster('past') }))).toBe(false);
  });

  it('is the same for the same, however often it was told', () => {
    const again = computeEnvironmentOf(service(spec));
    expect(policyOf(spec, [again, again])).toEqual(policy);
  });

  it.each([
    ['kafka:9092', 'tags'],
    ['kafka.data:9092', 'data'],
    ['kafka.data.svc:9092', 'data'],
    ['broker-0.kafka.data.svc.cluster.local:9092', 'data'],
  ])('finds the namespace of the broker %s in its name', (broker, namespace) => {
    const one = policyOf({ kafka: { brokers: [broker] } });
    expect(isLetOut(one, to({ port: 9092, pod: inCluster(namespace) }))).toBe(true);
    expect(isLetOut(one, to({ port: 9092, pod: inCluster('shop') }))).toBe(false);
  });

  it.each(['http://collector.example.com', 'https://[2001:db8::1]:4318', 'http://10.9.9.9:4318'])(
    'lets traces out to %s',
    (otlpEndpoint) => {
      const one = policyOf({ observability: { tracing: { otlpEndpoint } } });
      const url = new URL(otlpEndpoint);
      const address = url.hostname.endsWith('.com') ? '203.0.113.9' : url.hostname.replace(/^\[|\]$/g, '');
      expect(isLetOut(one, to({ address, port: Number(url.port === '' ? 80 : url.port) }))).toBe(true);
    },
  );
});

/** The first and last address of a range, and their neighbours outside where there are any. */
function edgesOf(range: string): string[] {
  const [address = '', length = ''] = range.split('/');
  const bits = address.includes(':') ? 128n : 32n;
  const first = [...ipaddr.parse(address).toByteArray()].reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const last = first + (1n << (bits - BigInt(length))) - 1n;
  return [first - 1n, first, last, last + 1n]
    .filter((value) => value >= 0n && value < 1n << bits)
    .map((value) => {
      const bytes = Array.from({ length: Number(bits / 8n) }, (_, index) =>
        Number((value >> (bits - 8n * BigInt(index + 1))) & 255n),
      );
      return ipaddr.fromByteArray(bytes).toString();
    });
}

function hex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
