import type { Clock } from '@tagservice/controller-runtime';
import type { KafkaClients } from './kafka-clients.ts';
import { LIMIT_MS } from './kafka-timing.ts';
import { within } from './within.ts';

/** Services (`namespace/name`) that are gone, and whose clients are let go of once nothing is left to do with them. */
export interface Departures {
  /** `last`: what is still to be done. Nobody waits for it, and it is tried once, for the sake of those who use the brokers next. */
  leave(service: string, last?: () => Promise<void>): void;
  /** One of the name is there again, and keeps the clients. */
  back(service: string): void;
}

/** Departures from these clients. */
export function departures({ clients, clock }: { clients: Pick<KafkaClients, 'forget'>; clock: Clock }): Departures {
  const leaving = new Map<string, Promise<void>>();

  async function depart(service: string, before: Promise<void> | undefined, last?: () => Promise<void>): Promise<void> {
    await before;
    if (last === undefined) return;
    await within(last(), { what: `limits set for ${service}`, limitMs: LIMIT_MS, clock }).catch(() => undefined);
  }

  return {
    leave(service, last) {
      const before = leaving.get(service);
      if (before !== undefined && last === undefined) return;
      const mine = depart(service, before, last).then(() => {
        if (leaving.get(service) !== mine) return;
        leaving.delete(service);
        clients.forget(service);
      });
      leaving.set(service, mine);
    },
    back(service) {
      leaving.delete(service);
    },
  };
}
