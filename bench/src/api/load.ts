import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { BenchFailure } from '../errors.ts';

/** What is asked, how often, and over how many connections at the same time; each sends its next request when it has its answer. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly requests: number;
  readonly connections: number;
}

const headEnd = Buffer.from('\r\n\r\n');

/**
 * Sends a closed load and resolves when every request has been answered with 200. It reads heads and lengths and nothing else, so that on
 * a machine of two cores the server is what is measured.
 */
export async function sendLoad({ port, path, requests, connections }: Load): Promise<void> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n`);
  let left = requests;
  const worker = async (): Promise<void> => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const next = (): boolean => {
      left -= 1;
      if (left >= 0) socket.write(request);
      return left >= 0;
    };
    if (next()) await answered(socket, next);
    socket.destroy();
  };
  const rest = stayAwake();
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    rest();
  }
}

/**
 * Keeps this process from sleeping until the answer is called. A reader that sleeps has to be woken by whoever writes to it, at the writer's cost:
 * an interrupt between processors, which on a virtual machine is more than all the work of `node:http`. A slow server meets a sleeping reader with
 * every answer, a quick one hardly ever; neither of them is what is to be measured.
 */
function stayAwake(): () => void {
  let isOver = false;
  const turn = (): void => {
    if (!isOver) setImmediate(turn);
  };
  turn();
  return () => {
    isOver = true;
  };
}

/** Reads answers until `next` says that there is no further request. */
async function answered(socket: Socket, next: () => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = answerLength(received);
      if (length === undefined || received.length < length) return;
      if (!received.subarray(0, 12).equals(okLine)) {
        reject(new BenchFailure(`An answer is not 200: ${received.toString('latin1').slice(0, 300)}`));
        return;
      }
      received = received.subarray(length);
      if (!next()) resolve();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new BenchFailure('A connection was closed under load.'));
    });
  });
}

const okLine = Buffer.from('HTTP/1.1 200');

/** Of head and body together; undefined while the head is not complete. */
export function answerLength(received: Buffer): number | undefined {
  const end = received.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = received.toString('latin1', 0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new BenchFailure(`An answer has no length: ${head}`);
  return end + headEnd.length + Number(length);
}
