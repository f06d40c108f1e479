import type { TopicAdmin } from '@tagservice/event-bus';

/** Opens a client of the Kafka cluster behind these addresses. Must not connect before it is used. */
export type OpenTopicAdmin = (brokers: readonly string[]) => TopicAdmin;

/** One client per Kafka cluster, shared by all TagServices that use it and closed with the last of them. */
export class TopicAdmins {
  readonly #open: OpenTopicAdmin;
  readonly #admins = new Map<string, { admin: TopicAdmin; users: Set<string> }>();
  readonly #clusterOf = new Map<string, string>();

  constructor(open: OpenTopicAdmin) {
    this.#open = open;
  }

  /** The client for a TagService (`user` is its `namespace/name`); a change of addresses lets go of the former one. */
  for(user: string, brokers: readonly string[]): TopicAdmin {
    const cluster = [...brokers].sort().join(',');
    if (this.#clusterOf.get(user) !== cluster) this.release(user);
    const entry = this.#admins.get(cluster) ?? { admin: this.#open(brokers), users: new Set() };
    entry.users.add(user);
    this.#admins.set(cluster, entry);
    this.#clusterOf.set(user, cluster);
    return entry.admin;
  }

  /** A TagService is gone or has moved to other brokers. */
  release(user: string): void {
    const cluster = this.#clusterOf.get(user);
    const entry = cluster === undefined ? undefined : this.#admins.get(cluster);
    this.#clusterOf.delete(user);
    if (cluster === undefined || entry === undefined) return;
    entry.users.delete(user);
    if (entry.users.size > 0) return;
    this.#admins.delete(cluster);
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
