import type { SecuritySource, TopicAdmin } from '@tagservice/event-bus/topic-admin';

/** A Kafka cluster as a TagService reaches it. */
export type KafkaCluster = {
  readonly brokers: readonly string[];
  readonly security: SecuritySource;
  /** Tells certificates and logins apart without telling them. */
  readonly fingerprint: string;
};

/** Opens a client of a Kafka cluster. Must not connect before it is used. */
export type OpenTopicAdmin = (cluster: Pick<KafkaCluster, 'brokers' | 'security'>) => TopicAdmin;

/** One client per Kafka cluster and login, shared by all TagServices that use it and closed with the last of them. */
export class TopicAdmins {
  readonly #open: OpenTopicAdmin;
  readonly #admins = new Map<string, { admin: TopicAdmin; users: Set<string> }>();
  readonly #clusterOf = new Map<string, string>();

  constructor(open: OpenTopicAdmin) {
    this.#open = open;
  }

  /** The client for a TagService (`user` is its `namespace/name`); other addresses or a rotated secret let go of the former one. */
  for(user: string, cluster: KafkaCluster): TopicAdmin {
    const id = JSON.stringify([[...cluster.brokers].sort(), cluster.fingerprint]);
    if (this.#clusterOf.get(user) !== id) this.release(user);
    const entry = this.#admins.get(id) ?? { admin: this.#open(cluster), users: new Set() };
    entry.users.add(user);
    this.#admins.set(id, entry);
    this.#clusterOf.set(user, id);
    return entry.admin;
  }

  /** A TagService is gone or has moved to other brokers. */
  release(user: string): void {
    const id = this.#clusterOf.get(user);
    const entry = id === undefined ? undefined : this.#admins.get(id);
    this.#clusterOf.delete(user);
    if (id === undefined || entry === undefined) return;
    entry.users.delete(user);
    if (entry.users.size > 0) return;
    this.#admins.delete(id);
    // Closing is a courtesy to the broker: nothing depends on its success.
    entry.admin.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    const open = [...this.#admins.values()];
    this.#admins.clear();
    this.#clusterOf.clear();
    await Promise.allSettled(open.map(({ admin }) => admin.close()));
  }
}
