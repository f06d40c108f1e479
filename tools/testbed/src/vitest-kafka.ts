import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startKafka, type TestKafka } from './kafka.ts';
import { serverFolder } from './paths.ts';
import { SHARED_KAFKA_SOCKET } from './shared-kafka.ts';

/**
 * vitest's global set-up of the integration tests: offers one Kafka for the whole run, started when the first test asks
 * for it through `sharedKafka()`. Answers with the tear-down.
 */
export async function setup(): Promise<() => Promise<void>> {
  let kafka: Promise<TestKafka> | undefined;
  const folder = await serverFolder('run');
  const path = join(folder, 'kafka.sock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    kafka ??= startKafka();
    kafka.then(
      ({ address }) => socket.end(`ok ${address}`),
      (error: unknown) => socket.end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  process.env[SHARED_KAFKA_SOCKET] = path;
  return async () => {
    server.close();
    const started = await kafka?.catch(() => undefined);
    await started?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
