import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  ConfigMap,
  connect,
  createApplier,
  createCache,
  createManager,
  defineController,
  Deployment,
  keyOf,
  ownedBy,
  Service,
  specChanged,
  versionChanged,
  watching,
  type Manager,
  type Store,
} from '@tagservice/controller-runtime';
import { BenchFailure } from '../errors.ts';
import { widgetReconciler, type Tally } from './widget-reconcile.ts';
import { Widgets, type Widget } from './widget.ts';

// The operator of the benchmark on our runtime: the twin of bench/go/operator/main.go, with the same flags and the same lines.

const resyncLimitMs = 300_000;

interface Operator {
  readonly manager: Manager;
  readonly widgets: Store<Widget>;
  readonly tally: Tally;
  readonly requests: Record<string, number>;
}

type Flags = { kubeconfig: string; namespace: string; concurrency: number; writes: string };

function flags(): Flags {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: 'string', default: '' },
      namespace: { type: 'string', default: '' },
      concurrency: { type: 'string', default: '8' },
      /** `always` sends every write, as the Go operator does; `needed` leaves out what would change nothing. */
      writes: { type: 'string', default: 'always' },
    },
  });
  return { ...values, concurrency: Number(values.concurrency) };
}

function createWidgetOperator({ kubeconfig, namespace, concurrency, writes }: Flags): Operator {
  const requests: Record<string, number> = {};
  const client = connect({
    kubeconfig,
    userAgent: 'widget-operator',
    observe: ({ method }) => {
      requests[method] = (requests[method] ?? 0) + 1;
    },
  });
  const cache = createCache({ client, namespaces: [namespace] });
  const tally: Tally = { reconciles: 0, failures: 0 };
  const widgets = cache.store(Widgets);
  const writer = writes === 'needed' ? createApplier({ client, cache }) : client;
  const owned = { map: ownedBy(Widgets), predicate: versionChanged };
  const controller = defineController({
    name: 'widget',
    primary: Widgets,
    predicate: specChanged,
    watches: [watching(ConfigMap, owned), watching(Service, owned), watching(Deployment, owned)],
    reconcile: widgetReconciler({ widgets, writer, tally }),
    concurrency,
  });
  return { manager: createManager({ client, cache, controllers: [controller] }), widgets, tally, requests };
}

/** Reconciles every widget once more and returns when that is done. */
async function resyncAll({ manager, widgets, tally }: Operator): Promise<void> {
  const all = widgets.list();
  const wanted = tally.reconciles + all.length;
  for (const widget of all) manager.enqueue('widget', keyOf(widget));
  const deadline = performance.now() + resyncLimitMs;
  while (tally.reconciles < wanted) {
    if (performance.now() > deadline)
      throw new BenchFailure(`${String(tally.reconciles)} of ${String(wanted)} reconciles after five minutes`);
    await pause(2);
  }
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const operator = createWidgetOperator(flags());
await operator.manager.start();
say({ event: 'ready' });
for await (const command of createInterface(process.stdin)) {
  if (command === 'resync') await resyncAll(operator);
  else if (command !== 'report') throw new BenchFailure(`unknown command "${command}"`);
  say({ event: 'report', ...operator.tally, requests: operator.requests });
}
process.exit(0);
