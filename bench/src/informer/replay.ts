import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BenchFailure } from '../errors.ts';

/** What a real API server once answered: a list, and the lines of the watch that followed it. */
export interface Recording {
  readonly list: string;
  readonly lines: readonly string[];
}

/** An HTTP server that answers as the recorded API server did. */
export interface ReplayServer {
  readonly port: number;
  /** Watches open now. */
  readonly watches: number;
  /** Watches opened since the start. */
  readonly opened: number;
  /** Sends text to every open watch. */
  send(text: string): void;
  /** Ends every open watch, as an API server does when the watch's time is over. */
  endWatches(): void;
  close(): Promise<void>;
}

/** Starts it. Its watches are silent until something is sent. */
export async function startReplay(list: string): Promise<ReplayServer> {
  const watches = new Set<ServerResponse>();
  let opened = 0;
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (!isWatch(request)) {
      response.end(list);
      return;
    }
    opened += 1;
    watches.add(response);
    response.on('close', () => watches.delete(response));
    response.flushHeaders();
  });
  const port = await listen(server);
  return {
    port,
    get watches() {
      return watches.size;
    },
    get opened() {
      return opened;
    },
    send: (text) => {
      for (const watch of watches) watch.write(text);
    },
    endWatches: () => {
      for (const watch of watches) watch.end();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

const isWatch = (request: IncomingMessage): boolean =>
  new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('watch') === 'true';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new BenchFailure('The replay has no port.');
  return address.port;
}
