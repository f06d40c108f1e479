import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { sharedKafka, startRedis } from '@tagservice/testbed';
import type { TestRedis } from '@tagservice/testbed';
import { bundle, executables, workspaceRoot } from '@tagservice/workspace';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRealApi, startSite } from '../test/real-service.ts';
import { createTopics } from '../test/topics.ts';

const held: ServerResponse[] = [];
let redis: TestRedis;
let site: Awaited<ReturnType<typeof startSite>>;
let api: Awaited<ReturnType<typeof startRealApi>>;
let environment: NodeJS.ProcessEnv;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  const compute = executables.find(({ name }) => name === 'compute')!;
  const kafka = await sharedKafka();
  redis = await startRedis();
  await bundle(compute);
  // The first fetch of a slow page is held, so that the worker can be killed in the middle of its job.
  site = await startSite((path, response) => path === '/slow' && held.length === 0 && held.push(response) > 0);
  const prefix = await createTopics(kafka);
  api = await startRealApi({ kafka, redis: redis.url }, prefix);
  environment = {
    KAFKA_BROKERS: kafka,
    KAFKA_TOPIC_PREFIX: prefix,
    REDIS_URL: redis.url,
    METRICS_PORT: '0',
    FETCH_ALLOWED_NETWORKS: '127.0.0.0/8',
    FETCH_TIMEOUT_MS: '120000',
  };
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await api.close();
  site.close();
  await redis.stop();
});

function startWorker(): ChildProcess {
  const worker = spawn(process.execPath, [join(workspaceRoot, 'apps/compute/dist/main.js')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  worker.stdout.resume();
  workers.push(worker);
  return worker;
}

it('a job whose worker is killed in the middle is finished by another', async () => {
  const first = startWorker();
  const accepted = await api.tagsOf(`${site.url}/slow`, { prefer: 'respond-async' });
  expect(accepted.status).toBe(202);
  await expect.poll(() => held.length, { timeout: 60_000 }).toBe(1);
  first.kill('SIGKILL');
  await once(first, 'exit');
  startWorker();
  const job = String(accepted.headers.get('location'));
  await expect
    .poll(async () => (await api.get(job)).body, { timeout: 90_000, interval: 250 })
    .toMatchObject({ status: 'done', attempts: 2 });
  expect(site.asked.filter((path) => path === '/slow')).toHaveLength(2);
  expect((await api.tagsOf(`${site.url}/slow`)).body).toMatchObject({ title: 'Honey bees' });
}, 200_000);

it('a worker that is asked to stop leaves with status 0', async () => {
  const worker = startWorker();
  let said = '';
  worker.stdout?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await expect.poll(() => said, { timeout: 60_000 }).toContain('"msg":"started"');
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
  expect(said).toContain('"msg":"stopped"');
}, 120_000);

it('a worker with a bad configuration says so with status 78', async () => {
  const worker = spawn(process.execPath, [join(workspaceRoot, 'apps/compute/dist/main.js')], {
    env: { ...environment, COMPUTE_ATTEMPTS: 'many' },
  });
  let said = '';
  worker.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  expect(await once(worker, 'exit')).toEqual([78, null]);
  expect(said).toMatch(/COMPUTE_ATTEMPTS: is not a whole number .*\(found "many"\)/);
});
