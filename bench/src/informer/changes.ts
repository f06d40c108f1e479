import { ConfigMap, Namespace, type KubeClient } from '@tagservice/controller-runtime';
import { inParallel } from '../process/parallel.ts';
import { sentField, wallClock } from './events.ts';

/** Where the benchmark's ConfigMaps live. */
export const namespace = 'bench-informer';

const width = 16;
const nameOf = (n: number): string => `c-${String(n).padStart(5, '0')}`;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Makes the ConfigMaps that are watched, of about 0.5 kB each. */
export async function createObjects(client: KubeClient, count: number): Promise<void> {
  await client.apply(Namespace, { metadata: { name: namespace } }, { fieldManager: 'bench' });
  await inParallel(numbers(count), width, async (n) => {
    const metadata = { namespace, name: nameOf(n), labels: { part: String(n % 10) } };
    await client.create(ConfigMap, { metadata, data: { text: 'x'.repeat(400) } });
  });
}

/** Changes one object; the change says when it was sent. */
async function change(client: KubeClient, n: number): Promise<void> {
  const patch = { data: { [sentField]: String(wallClock()) } };
  await client.patch(ConfigMap, { namespace, name: nameOf(n) }, { patch });
}

/** Changes as many objects one after the other: no change waits for another. */
export async function changeInTurn(client: KubeClient, count: number, objects: number): Promise<void> {
  for (const n of numbers(count)) await change(client, (n * 7) % objects);
}

/** Changes as many objects as fast as the API server takes it. */
export async function changeAtOnce(client: KubeClient, count: number, objects: number): Promise<void> {
  await inParallel(numbers(count), width, async (n) => {
    await change(client, n % objects);
  });
}

/** The list before and the watch lines of so many changes, from the API server. */
export async function record(
  client: KubeClient,
  { changes, objects }: { changes: number; objects: number },
): Promise<{ list: string; lines: string[] }> {
  const list = await client.raw<{ metadata: { resourceVersion: string } }>(
    `/api/v1/namespaces/${namespace}/configmaps`,
  );
  await changeAtOnce(client, changes, objects);
  const enough = new AbortController();
  const { resourceVersion } = list.metadata;
  const events = await client.watch(ConfigMap, { namespace, resourceVersion, signal: enough.signal });
  const lines: string[] = [];
  for await (const event of events) {
    if (event.type === 'MODIFIED') lines.push(`${JSON.stringify(event)}\n`);
    if (lines.length === changes) break;
  }
  enough.abort();
  return { list: JSON.stringify(list), lines };
}
