import type { Socket } from 'node:net';
import { Client, buildConnector } from 'undici';
import type { Dispatcher } from 'undici';
import { classifyAddress } from './address.ts';
import type { Network } from './address.ts';
import { refused } from './target.ts';
import type { Target } from './target.ts';

export interface HopOptions {
  readonly userAgent: string;
  readonly allowed: readonly Network[];
  /** Until the status line and headers are there, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** Between two chunks of the body, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The answer to one request; `client` must be destroyed after the body is read. */
export interface Hop {
  readonly response: Dispatcher.ResponseData;
  readonly client: Client;
}

const MAX_HEADER_BYTES = 16_384;

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
  try {
    const response = await client.request({
      method: 'GET',
      path: `${target.url.pathname}${target.url.search}`,
      signal: options.signal,
      headers: {
        'user-agent': options.userAgent,
        accept: 'text/html,application/xhtml+xml,text/plain;q=0.8',
        'accept-encoding': 'gzip, deflate, br',
        connection: 'close',
      },
    });
    return { response, client };
  } catch (error) {
    await client.destroy();
    throw error;
  }
}

/** Dials the checked addresses only, and looks at the other end of the socket once more when it is open. */
function guardedConnector(target: Target, options: HopOptions): buildConnector.connector {
  const connect = buildConnector({
    timeout: options.headersTimeoutMs,
    maxCachedSessions: 0,
    allowH2: false,
    autoSelectFamily: true,
    lookup: checkedLookup(target.addresses),
  } as buildConnector.BuildOptions);
  return (settings, done) => {
    connect(settings, (...[error, socket]: [Error, null] | [null, Socket]) => {
      if (error !== null) {
        done(error, null);
      } else if (classifyAddress(socket.remoteAddress ?? '', options.allowed).verdict === 'refused') {
        socket.destroy();
        done(refused('socket'), null);
      } else {
        done(null, socket);
      }
    });
  };
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
