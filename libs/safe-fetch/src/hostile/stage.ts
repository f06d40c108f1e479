import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createFetcher } from '../fetcher.ts';
import { allLayers } from '../layers.ts';
import type { FetcherParts } from '../fetcher.ts';
import type { Layers } from '../layers.ts';
import { FetchFailure } from '../result.ts';
import type { FetchOptions, SafeFetch } from '../options.ts';
import type { Wire } from '../wire.ts';

/** Answers what was sent on one connection; the text begins with the request line. */
export type Answer = (request: string, socket: Socket) => void;

export const PUBLIC_ADDRESS = '93.184.216.34';

/** The whole internet on one port of this machine: every address leads to it, and every socket claims to end where it was dialled. */
export interface Stage {
  /** Request lines and headers as they arrived; what was refused in time never does. */
  readonly received: string[];
  /** Addresses by name; other names are at {@link PUBLIC_ADDRESS}. */
  readonly names: Map<string, readonly string[]>;
  answer: Answer;
  fetcher(
    layers?: Partial<Layers>,
    wire?: Partial<Wire>,
    more?: Pick<FetcherParts, 'turns' | 'robotsFiles'>,
  ): SafeFetch;
  close(): Promise<void>;
}

export const stageOptions: FetchOptions = {
  timeoutMs: 8_000,
  maxBytes: 200_000,
  userAgent: 'TagService/1.0',
  allowedNetworks: [],
};

export const simplePage: Answer = (_request, socket) => {
  socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<p>Bees.\n');
};

export async function openStage(): Promise<Stage> {
  const received: string[] = [];
  const names = new Map<string, readonly string[]>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (head: Buffer) => {
      const request = head.toString('latin1');
      received.push(request);
      stage.answer(request, socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stage: Stage = {
    received,
    names,
    answer: simplePage,
    fetcher: (layers = {}, wire = {}, more = {}) =>
      createFetcher({
        resolve: (host) => {
          const addresses = names.get(host) ?? [PUBLIC_ADDRESS];
          return addresses.length > 0
            ? Promise.resolve(addresses)
            : Promise.reject(new FetchFailure('FETCH_DNS', 'None.', { reason: 'ENOTFOUND' }));
        },
        layers: { ...allLayers, ...layers },
        wire: { ...stagedWire(port), ...wire },
        ...more,
      }),
    close: () => closed(server),
  };
  return stage;
}

function stagedWire(port: number): Wire {
  // One connection at a time is enough for a table: the last dialled is the one that is asked about.
  let dialled = { address: '', port: 0 };
  return {
    route(addresses, wanted) {
      dialled = { address: addresses[0] ?? '', port: wanted };
      return { addresses: ['127.0.0.1'], port };
    },
    peerOf: () => dialled,
  };
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
