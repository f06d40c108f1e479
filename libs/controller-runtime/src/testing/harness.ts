import { Registry } from 'prom-client';
import { ConfigMap } from '../api/builtin.ts';
import { controllerReference, type KubeObject } from '../api/object.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { defineController } from '../controller/sources.ts';
import type { ControllerOptions, Reconcile, ReconcileResult } from '../controller/types.ts';
import { createManager } from '../manager/manager.ts';
import type { Manager, ManagerOptions } from '../manager/types.ts';
import { MemoryClient } from './memory-client.ts';
import { RecordingLogger } from './recording-logger.ts';
import { StubCache } from './stub-cache.ts';

/** A manager with one controller of ConfigMaps, on a fake clock, with a cache whose changes the test makes. */
export class Harness {
  readonly client = new MemoryClient();
  readonly cache = new StubCache();
  readonly clock = new FakeClock();
  readonly registry = new Registry();
  readonly log = new RecordingLogger();
  /** Names that were reconciled, in order. */
  readonly runs: string[] = [];

  async start(
    reconcile: Reconcile,
    more: { controller?: Partial<ControllerOptions<ConfigMap>>; manager?: Partial<ManagerOptions> } = {},
  ): Promise<Manager> {
    const { client, cache, clock, registry, log } = this;
    const controller = defineController({
      name: 'things',
      primary: ConfigMap,
      backoff: { baseMs: 100 },
      ...more.controller,
      reconcile: async (key, context): Promise<ReconcileResult | undefined> => {
        this.runs.push(key.name);
        return (await reconcile(key, context)) ?? undefined;
      },
    });
    const manager = createManager({ client, cache, controllers: [controller], clock, registry, log, ...more.manager });
    await manager.start();
    return manager;
  }

  /** The value of a metric with (at least) these labels. */
  async metric(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    const values = (await this.registry.getSingleMetric(name)?.get())?.values ?? [];
    return values.find((value) => Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted))
      ?.value;
  }
}

/** An object to be reconciled. */
export function thing(
  name: string,
  more: { generation?: number; owner?: KubeObject; version?: string } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace: 'n',
      uid: `uid-${name}`,
      resourceVersion: more.version ?? '1',
      generation: more.generation ?? 1,
      ...(more.owner && { ownerReferences: [controllerReference(more.owner)] }),
    },
  };
}

/** A reconcile that finds nothing to do. */
export const nothing: Reconcile = async () => {
  await Promise.resolve();
};

/** A reconcile that never ends, whatever its signal says. */
export const hang = async (): Promise<undefined> => await new Promise(() => undefined);
