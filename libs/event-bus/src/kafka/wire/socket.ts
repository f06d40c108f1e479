import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { KafkaSecurity } from '../security.ts';
import { AccessFailure, ConnectionFailure } from './errors.ts';

/** Where a broker listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with brackets around IPv6. */
export function addressOf({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

/** The endpoint of `host:port`. Without a port it is one that nobody can connect to. */
export function endpointOf(address: string): Endpoint {
  const colon = address.lastIndexOf(':');
  if (colon < 0) return { host: address, port: Number.NaN };
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(address.slice(colon + 1)) };
}

/** Connects, with TLS where wanted. The broker's certificate must be for its host and signed by the authority. */
export async function openSocket(endpoint: Endpoint, tls: KafkaSecurity['tls'], timeoutMs: number): Promise<Socket> {
  if (!isPossible(endpoint)) throw new ConnectionFailure(`${addressOf(endpoint)} is no address of a broker`);
  const socket = begin(endpoint, tls);
  socket.setNoDelay(true);
  return await new Promise<Socket>((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(new ConnectionFailure(`${addressOf(endpoint)}: no connection within ${String(timeoutMs)} ms`));
    }, timeoutMs);
    socket.once('error', (error) => {
      fail(failureOf(endpoint, error));
    });
    socket.once('close', () => {
      fail(new ConnectionFailure(`${addressOf(endpoint)}: closed before it was connected${hint(tls)}`));
    });
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      // Who listens stays: an error before the first use would else end the process, and Node frees TLS by a listener of its own.
      resolve(socket);
    });
  });
}

/** Brokers tell where the others are. Without a host Node would connect to this machine, and refuses other ports by throwing. */
const isPossible = ({ host, port }: Endpoint): boolean =>
  host !== '' && Number.isInteger(port) && port > 0 && port < 65_536;

const hint = (tls: KafkaSecurity['tls']): string =>
  tls === undefined ? '' : ' while TLS was agreed on: does this listener speak TLS?';

function begin({ host, port }: Endpoint, tls: KafkaSecurity['tls']): Socket {
  if (tls === undefined) return connectPlain({ host, port });
  try {
    // An address cannot be a server name (RFC 6066); Node then compares the addresses of the certificate by itself.
    return connectTls({ host, port, ...tls, ...(isIP(host) === 0 && { servername: host }) });
  } catch (error) {
    throw new AccessFailure(`the certificates cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** The failure behind an error of a socket: whether a person has to change certificates, or the network is to blame. */
export function failureOf(endpoint: Endpoint, error: Error): AccessFailure | ConnectionFailure {
  const code = 'code' in error ? String(error.code) : '';
  const text = `${addressOf(endpoint)}: ${messageOf(error)}`;
  return isAboutTrust(code) ? new AccessFailure(text, { cause: error }) : new ConnectionFailure(text, { cause: error });
}

/** Codes of Node and OpenSSL about certificates and the agreement on TLS. */
function isAboutTrust(code: string): boolean {
  return /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/.test(
    code,
  );
}

/** Errors of several addresses of one host (happy eyeballs) have no message of their own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
