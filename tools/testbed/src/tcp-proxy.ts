import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { TestbedFailure } from './errors.ts';

/** A port of 127.0.0.1 in front of a server, to play the network between two processes. */
export interface TcpProxy {
  readonly port: number;
  /** Connections open now. */
  readonly open: number;
  /** New connections lead to another port from now on. Those that are open stay where they are, as behind a Service. */
  lead(target: number): void;
  /** Nothing passes any more and nobody is told, as when a cable is cut: connections stay open, new ones are taken and get no answer. */
  cut(): void;
  /** Everything passes again, what was sent meanwhile first. */
  heal(): void;
  /** Ends all connections at once, with a reset. */
  reset(): void;
  stop(): Promise<void>;
}

interface Link {
  readonly ends: readonly [Socket, Socket];
}

/** Starts a proxy in front of a port of 127.0.0.1. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  /** Taken while cut: connected to nobody yet. */
  const held = new Set<Socket>();
  let leadsTo = target;
  let isCut = false;
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (incoming) => {
    incoming.on('error', () => undefined);
    if (!isCut) {
      join(incoming, leadsTo, links);
      return;
    }
    held.add(incoming);
    incoming.once('close', () => held.delete(incoming));
  });
  const port = await listen(server);
  const reset = (): void => {
    for (const { ends } of links) for (const end of ends) end.resetAndDestroy();
    for (const socket of held) socket.resetAndDestroy();
  };
  return {
    port,
    get open() {
      return links.size;
    },
    lead: (next) => {
      leadsTo = next;
    },
    cut: () => {
      isCut = true;
      for (const link of links) part(link);
    },
    heal: () => {
      isCut = false;
      for (const link of links) pass(link);
      for (const socket of held) join(socket, leadsTo, links);
      held.clear();
    },
    reset,
    stop: async () => {
      reset();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await once(server.listen({ port: 0, host: '127.0.0.1' }), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TestbedFailure('The proxy has no port.');
  return address.port;
}

function join(incoming: Socket, target: number, links: Set<Link>): void {
  const outgoing = connect({ host: '127.0.0.1', port: target, noDelay: true });
  const link: Link = { ends: [incoming, outgoing] };
  links.add(link);
  const end = (): void => {
    links.delete(link);
    incoming.destroy();
    outgoing.destroy();
  };
  for (const socket of link.ends) socket.on('error', end).on('close', end);
  pass(link);
}

function pass({ ends: [incoming, outgoing] }: Link): void {
  incoming.pipe(outgoing);
  outgoing.pipe(incoming);
}

function part({ ends }: Link): void {
  for (const socket of ends) socket.unpipe().pause();
}
