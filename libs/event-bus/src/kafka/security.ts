/** A login. Passwords are read when a connection is made and kept nowhere else. */
export interface KafkaLogin {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** How connections to the brokers are secured. */
export interface KafkaSecurity {
  /** Absent: plain text. All PEM. `ca` absent: the roots that Node brings along. `cert` and `key`: for brokers that ask for one. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: KafkaLogin;
}

/** Asked before each connection, so that rotated certificates and passwords take effect without a restart. May throw. */
export type SecuritySource = () => KafkaSecurity;

/** Plain text, nobody is asked who they are. */
export const unsecured: SecuritySource = () => ({});
