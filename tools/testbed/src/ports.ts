import { createServer, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { TestbedFailure } from './errors.ts';

/** Free TCP ports of 127.0.0.1, all different. Another process may take one before it is used; that is rare enough to fail the test. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
    ),
  );
  return ports;
}

async function listenAnywhere(): Promise<ReturnType<typeof createServer>> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}

/** Sends bytes to a port of 127.0.0.1 and answers with the first bytes that `enough` accepts. */
export async function exchange(
  port: number,
  request: string | Buffer,
  enough: (answer: Buffer) => boolean,
): Promise<Buffer> {
  return await new Promise<Buffer>((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port });
    let answer = Buffer.alloc(0);
    socket.setTimeout(2000, () => socket.destroy(new TestbedFailure(`127.0.0.1:${String(port)} does not answer`)));
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new TestbedFailure(`127.0.0.1:${String(port)} closed the connection`));
    });
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (!enough(answer)) return;
      resolve(answer);
      socket.destroy();
    });
    socket.once('connect', () => socket.write(request));
  });
}

/** Tries until `attempt` resolves to true, or fails with what `describe` says once the time is over. */
export async function until(
  attempt: () => Promise<boolean>,
  limitMs: number,
  describe: () => Promise<string>,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    if (await attempt().catch(() => false)) return;
    await pause(20);
  }
  throw new TestbedFailure(await describe());
}
