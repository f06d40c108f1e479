/**
 * The three checks that keep a fetch outside, each enough alone against what leads inside:
 * - `url`: the raw text, the names and the literal addresses of each URL, before anything is asked or sent;
 * - `address`: every address that a name resolves to, before one is dialled;
 * - `socket`: the other end of the open connection, before a byte is sent on it.
 */
export interface Layers {
  readonly url: boolean;
  readonly address: boolean;
  readonly socket: boolean;
}

/** The public fetch has no others; only tests switch one off, to see that the rest holds. */
export const allLayers: Layers = { url: true, address: true, socket: true };
