import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { serveCommands } from '../process/serve-commands.ts';

/** What both clients are asked to do. Each answers with the parsed object, as an operator would use it. */
export interface Calls {
  get(namespace: string, name: string): Promise<{ data: unknown }>;
  list(namespace: string): Promise<number>;
  patch(change: { namespace: string; name: string; message: string }): Promise<unknown>;
}

/** Name of the n-th ConfigMap of the benchmark; there are as many as `objects`. */
export const nameOf = (n: number): string => `c-${String(n % objects).padStart(3, '0')}`;

/** ConfigMaps in the namespace: a list holds all of them. */
export const objects = 100;

/** Runs a client as a measured process: `gets N` one after the other, `lists N` and `patches N` all at the same time. */
export async function serveCalls(open: (kubeconfig: string) => Calls): Promise<void> {
  const { values } = parseArgs({
    options: { kubeconfig: { type: 'string', default: '' }, namespace: { type: 'string', default: '' } },
  });
  const { kubeconfig, namespace } = values;
  const calls = open(kubeconfig);
  await serveCommands({
    gets: (count) =>
      timed(async () => {
        for (let n = 0; n < count; n += 1) await calls.get(namespace, nameOf(n));
      }),
    lists: (count) => timed(() => Promise.all(Array.from({ length: count }, () => calls.list(namespace)))),
    patches: (count) =>
      timed(() =>
        Promise.all(
          Array.from({ length: count }, (_, n) =>
            calls.patch({ namespace, name: nameOf(n), message: `patch ${String(n)}` }),
          ),
        ),
      ),
  });
}

async function timed(work: () => Promise<unknown>): Promise<object> {
  const before = process.cpuUsage();
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000 };
}
