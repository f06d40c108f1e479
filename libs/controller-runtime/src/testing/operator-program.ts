/**
 * An operator as a process of its own, for tests that stop and resume one: it writes its name into every ConfigMap with the label
 * `run=RUN`, again and again, for as long as it leads.
 *
 *   node operator-program.ts KUBECONFIG IDENTITY RUN CLOCK_SHIFT_MS
 *
 * Says `ready`, `leading` and `lost` on stdout. Ends with 0 after SIGTERM and with 1 when the lease is lost.
 */
import { ConfigMap } from '../api/builtin.ts';
import { createCache } from '../cache/cache.ts';
import { connect } from '../client/connect.ts';
import { systemClock, type Clock } from '../clock/clock.ts';
import { defineController } from '../controller/sources.ts';
import { createManager } from '../manager/manager.ts';

const [kubeconfig = '', identity = '', run = '', shiftMs = '0'] = process.argv.slice(2);

/** A machine whose time of day is wrong. */
const clock: Clock = { ...systemClock, now: () => systemClock.now() + Number(shiftMs) };

const say = (word: string): void => {
  process.stdout.write(`${word}\n`);
};

// Fewer connections than workers: some writes always wait for one.
const client = connect({ kubeconfig, userAgent: `operator/${identity}`, clock, connections: 2 });
const cache = createCache({ client, clock });
cache.informer(ConfigMap, { labelSelector: `run=${run}` });
let count = 0;
const writer = defineController({
  name: 'writer',
  primary: ConfigMap,
  concurrency: 8,
  reconcile: async (key, { signal }) => {
    count += 1;
    const patch = { data: { by: identity, count: count.toString() } };
    await client.patch(ConfigMap, key, { patch, signal, fieldManager: identity });
    return { requeueAfter: 5 };
  },
});
const manager = createManager({
  client,
  cache,
  controllers: [writer],
  clock,
  leaderElection: {
    namespace: 'default',
    name: run,
    identity,
    leaseDurationMs: 3_000,
    renewDeadlineMs: 2_000,
    retryPeriodMs: 500,
  },
  onLost: () => {
    say('lost');
    process.exit(1);
  },
});

process.once('SIGTERM', () => {
  void manager.stop().then(() => {
    process.exit(0);
  });
});
await manager.start();
say('ready');
await manager.whenLeading();
say('leading');
