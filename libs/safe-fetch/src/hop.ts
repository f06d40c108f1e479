import type { Socket } from 'node:net';
import { Client, buildConnector } from 'undici';
import type { Dispatcher } from 'undici';
import type { Network } from './address.ts';
import { ACCEPT_ENCODING } from './body.ts';
import type { Layers } from './layers.ts';
import { FetchFailure } from './result.ts';
import { judgeEndpoint, portOf } from './target.ts';
import type { Target } from './target.ts';
import type { Endpoint, Wire } from './wire.ts';

export interface HopOptions {
  readonly userAgent: string;
  readonly maxBytes: number;
  readonly accept: string;
  readonly conditions: Readonly<Record<string, string>>;
  readonly allowed: readonly Network[];
  /** Until the status line and headers are there, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** Between two chunks of the body, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly layers: Layers;
  readonly wire: Wire;
}

/** The answer to one request; `client` must be destroyed after the body is read. */
export interface Hop {
  readonly response: Dispatcher.ResponseData;
  readonly client: Client;
}

/** Stands for the judged addresses in the call that dials them; nothing is ever asked for it. */
const DIALLED_NAME = 'judged.invalid';
const MAX_HEADER_BYTES = 16_384;
/** Interim answers (1xx) before the real one; honest servers send one or two. */
const MOST_INTERIM = 10;
/** All that one answer may send beside its body: headers, interim answers, and chunks of a few bytes. */
const MOST_WIRE_ALLOWANCE_BYTES = 1_048_576;
const METER_INTERVAL_MS = 50;

/**
 * One request on a connection of its own to one of the checked addresses. Host and SNI come from the URL; proxy variables play no part;
 * the connection is not kept, so that no later request can travel on an earlier decision.
 */
export async function requestHop(target: Target, options: HopOptions): Promise<Hop> {
  const client = new Client(target.url.origin, {
    connect: guardedConnector(target, options),
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.idleTimeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    pipelining: 1,
  });
  let interim = 0;
  try {
    const response = await client.request({
      method: 'GET',
      onInfo: () => {
        interim += 1;
        if (interim === MOST_INTERIM) void client.destroy(flooded('interim'));
      },
      path: `${target.url.pathname}${target.url.search}`,
      signal: options.signal,
      headers: {
        'user-agent': options.userAgent,
        accept: options.accept,
        'accept-encoding': ACCEPT_ENCODING,
        ...options.conditions,
        connection: 'close',
      },
    });
    return { response, client };
  } catch (error) {
    await client.destroy();
    throw error;
  }
}

/**
 * Dials the checked addresses only, looks at the other end of the socket once more when it is open, and only then begins TLS: a hello with a
 * name that an attacker chose is a message to the inside, too.
 */
function guardedConnector({ url, addresses }: Target, options: HopOptions): buildConnector.connector {
  const { wire, layers, allowed } = options;
  const route = wire.route(addresses, portOf(url));
  const settings = { timeout: options.headersTimeoutMs, maxCachedSessions: 0, allowH2: false } as const;
  const dial = buildConnector({
    ...settings,
    autoSelectFamily: true,
    lookup: checkedLookup(route.addresses),
  } as buildConnector.BuildOptions);
  const secure = buildConnector({ ...settings, ...(wire.authority !== undefined && { ca: wire.authority }) });
  return (wanted, done) => {
    const plain = { hostname: DIALLED_NAME, host: DIALLED_NAME, protocol: 'http:', port: String(route.port) };
    dial(plain, (...[error, socket]: [Error, null] | [null, Socket]) => {
      if (error === null) meter(socket, 2 * options.maxBytes + MOST_WIRE_ALLOWANCE_BYTES);
      const failed = error ?? (layers.socket ? refusalOf(() => wire.peerOf(socket), allowed) : undefined);
      if (failed !== undefined) {
        socket?.destroy();
        done(failed, null);
      } else if (wanted.protocol === 'https:') {
        secure({ ...wanted, httpSocket: socket as Socket }, done);
      } else {
        done(null, socket as Socket);
      }
    });
  };
}

/** Ends a connection on which far more arrives than a page of the limit needs: padding in chunk sizes and trailers never shows in a body. */
function meter(socket: Socket, mostBytes: number): void {
  const timer = setInterval(() => {
    if (socket.bytesRead > mostBytes) socket.destroy(flooded('wire'));
  }, METER_INTERVAL_MS).unref();
  socket.once('close', () => {
    clearInterval(timer);
  });
}

function flooded(reason: string): FetchFailure {
  return new FetchFailure('FETCH_TOO_LARGE', 'The host sends more than any page needs.', { reason });
}

function refusalOf(peer: () => Endpoint, allowed: readonly Network[]): Error | undefined {
  try {
    judgeEndpoint(peer(), allowed);
    return undefined;
  } catch (refusal) {
    return refusal as Error;
  }
}

type LookupAnswer = (error: null, addresses: readonly { address: string; family: number }[]) => void;
type LookupOne = (error: null, address: string, family: number) => void;

function checkedLookup(addresses: readonly string[]) {
  const entries = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_host: string, settings: { all?: boolean }, done: LookupAnswer | LookupOne): void => {
    if (settings.all === true) (done as LookupAnswer)(null, entries);
    else (done as LookupOne)(null, entries[0]?.address ?? '', entries[0]?.family ?? 4);
  };
}
