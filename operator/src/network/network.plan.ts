import { commonEnvironment, computeEnvironment } from '@tagservice/contracts';
import type { Applied, NetworkPolicy } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { labels, selectorLabels } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import { GLOBAL_BLOCKS } from './blocks.ts';
import { destinationOf, ruleFor, type Destination, type EgressRule } from './destinations.ts';

/** Variables of the containers of one revision of the workers. */
export type Environment = Readonly<Record<string, string>>;

const REDIS_PORT = 6379;
const DNS_PORTS = [53, 5353];
const WEB_PORTS = [80, 443];

/**
 * What workers may reach: names, the public web, their Redis, and what they are told to use (Kafka, private networks, the collector of
 * traces). It is the third wall around the fetch, and stands where something in the cluster enforces policies. `environments` are those of
 * every revision that has pods: during a rollout two of them may be told different things.
 */
export function planNetworkPolicy(service: TagService, environments: readonly Environment[]): Applied<NetworkPolicy> {
  return {
    metadata: { name: namesOf(service).compute, labels: labels(service, 'compute') },
    spec: {
      podSelector: { matchLabels: selectorLabels(service, 'compute') },
      policyTypes: ['Egress'],
      egress: unique([
        // The pods behind the name server of some distributions listen on 5353.
        { ports: DNS_PORTS.flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }))) },
        {
          to: GLOBAL_BLOCKS.map(({ cidr, except = [] }) => ({ ipBlock: { cidr, except: [...except] } })),
          ports: WEB_PORTS.map((port) => ({ protocol: 'TCP', port })),
        },
        {
          to: [{ podSelector: { matchLabels: selectorLabels(service, 'redis') } }],
          ports: [{ protocol: 'TCP', port: REDIS_PORT }],
        },
        ...environments.flatMap((environment) => toldRules(environment, service.metadata.namespace)),
      ]),
    },
  };
}

function toldRules(environment: Environment, namespace: string): EgressRule[] {
  const networks = listed(environment[computeEnvironment.fetchAllowedNetworks]);
  const servers = [
    ...listed(environment[commonEnvironment.kafkaBrokers]).map(destinationOf),
    collectorOf(environment[commonEnvironment.otlpEndpoint]),
  ].filter((one) => one !== undefined);
  return [
    ...servers.map((server) => ruleFor(server, namespace)),
    ...networks.map((cidr) => ({ to: [{ ipBlock: { cidr } }], ports: [{ protocol: 'TCP' }] })),
  ];
}

function collectorOf(endpoint: string | undefined): Destination | undefined {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  if (url === null) return undefined;
  const standard = url.protocol === 'https:' ? 443 : 80;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? standard : Number(url.port) };
}

function listed(text = ''): string[] {
  return text.split(',').filter((one) => one !== '');
}

/** Equal rules once, in the order in which they came: equal declarations make an equal policy. */
function unique(rules: readonly EgressRule[]): EgressRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
