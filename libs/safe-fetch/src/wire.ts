import type { Socket } from 'node:net';

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The way from a checked address to an open socket. Tests put another in its place, to play the whole internet on one machine. */
export interface Wire {
  /** Where addresses are really dialled. */
  route(addresses: readonly string[], port: number): { readonly addresses: readonly string[]; readonly port: number };
  /** The other end of an open socket. */
  peerOf(socket: Socket): Endpoint;
  /** Trusted instead of the system's authorities, as PEM. */
  readonly authority?: string;
}

export const realWire: Wire = {
  route: (addresses, port) => ({ addresses, port }),
  peerOf: (socket) => ({ address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }),
};
