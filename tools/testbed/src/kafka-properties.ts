import { join } from 'node:path';
import type { TestAuthority } from './test-certificates.ts';

/** A user who may log in to a broker for tests, by every mechanism that is enabled. */
export interface KafkaUser {
  readonly username: string;
  readonly password: string;
}

/** How the listener for clients is secured. */
export interface ListenerSecurity {
  readonly authority?: TestAuthority;
  /** Clients have to show a certificate of the authority. */
  readonly clientCertificates: boolean;
  readonly user?: KafkaUser;
}

/** Ports and folder of one node. */
export interface KafkaNode {
  readonly id: number;
  readonly folder: string;
  /** For clients, secured as the test wants it. */
  readonly port: number;
  /** For the other brokers and for the command line tools: plain, without login. */
  readonly internalPort: number;
  readonly controllerPort: number;
}

export type Properties = Readonly<Record<string, string | number | boolean>>;

const on = (name: string, port: number): string => `${name}://127.0.0.1:${String(port)}`;
const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';

/** `server.properties` of one of `nodes`, each of which is broker and controller. */
export function kafkaProperties(node: KafkaNode, nodes: readonly KafkaNode[], security: ListenerSecurity): Properties {
  const clients = [on('CLIENT', node.port), on('INTERNAL', node.internalPort)].join(',');
  const copies = Math.min(3, nodes.length);
  return {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes
      .map(({ id, controllerPort }) => `${String(id)}@127.0.0.1:${String(controllerPort)}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `${clients},${on('CONTROLLER', node.controllerPort)}`,
    'advertised.listeners': clients,
    'listener.security.protocol.map': `CLIENT:${protocolOf(security)},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': join(node.folder, 'log'),
    // As on a well-kept cluster: whoever writes to a topic that nobody declared shall hear about it.
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    ...tlsProperties(node, security),
    ...saslProperties(security),
  };
}

function protocolOf({ authority, user }: ListenerSecurity): string {
  if (user === undefined) return authority === undefined ? 'PLAINTEXT' : 'SSL';
  return authority === undefined ? 'SASL_PLAINTEXT' : 'SASL_SSL';
}

/** Names of the files that a node with TLS reads, in its folder. */
export const pemFiles = { keys: 'server.pem', trust: 'ca.pem' } as const;

function tlsProperties({ folder }: KafkaNode, { authority, clientCertificates }: ListenerSecurity): Properties {
  if (authority === undefined) return {};
  return {
    'listener.name.client.ssl.keystore.type': 'PEM',
    'listener.name.client.ssl.keystore.location': join(folder, pemFiles.keys),
    'listener.name.client.ssl.truststore.type': 'PEM',
    'listener.name.client.ssl.truststore.location': join(folder, pemFiles.trust),
    'listener.name.client.ssl.client.auth': clientCertificates ? 'required' : 'none',
  };
}

function saslProperties({ user }: ListenerSecurity): Properties {
  if (user === undefined) return {};
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user.username}="${user.password}";`;
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.client.plain.sasl.jaas.config': plain,
    'listener.name.client.scram-sha-256.sasl.jaas.config': scramModule,
    'listener.name.client.scram-sha-512.sasl.jaas.config': scramModule,
  };
}

/** Arguments of the storage tool that make a user of both SCRAM mechanisms. */
export function scramArguments(user: KafkaUser | undefined): string[] {
  if (user === undefined) return [];
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${user.username},password=${user.password}]`,
  ]);
}
