import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

export interface BreakerGaugeOptions<Connection extends string> {
  readonly registry: Registry;
  readonly name: string;
  /** Kinds of connections, each with a breaker of its own; of several of one kind the last that changed counts. */
  readonly connections: readonly Connection[];
}

const values = { closed: 0, 'half-open': 0.5, open: 1 } as const;

/** A gauge of the breakers before Redis, closed at first. Answers what to call when one changes. */
export function breakerGauge<Connection extends string>({
  registry,
  name,
  connections,
}: BreakerGaugeOptions<Connection>): (connection: Connection, state: keyof typeof values) => void {
  const gauge = new Gauge({
    name,
    help: 'State of the breaker before Redis: 0 closed, 0.5 one call is let through as a trial, 1 open.',
    labelNames: ['connection'],
    registers: [registry],
  });
  for (const connection of connections) gauge.set({ connection }, 0);
  return (connection, state) => {
    gauge.set({ connection }, values[state]);
  };
}
