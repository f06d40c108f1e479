import { parseNetworks } from './address.ts';
import { Deadline } from './deadline.ts';
import { toFailure } from './failure.ts';
import { travel } from './journey.ts';
import type { Layers } from './layers.ts';
import { readPage, wantedTypes } from './page.ts';
import type { Resolve } from './resolve.ts';
import { RobotsFiles } from './robots/robots-files.ts';
import type { SafeFetch } from './options.ts';
import { noTurns } from './turns.ts';
import type { HostTurns } from './turns.ts';
import { conditionsFor } from './validators.ts';
import type { Wire } from './wire.ts';

/** What a fetch is made of. Only tests choose the layers and the wire. */
export interface FetcherParts {
  readonly resolve: Resolve;
  readonly layers: Layers;
  readonly wire: Wire;
  readonly turns?: HostTurns;
  readonly robotsFiles?: RobotsFiles;
}

const MAX_REDIRECTS = 3;

/** A {@link SafeFetch} of these parts. Not for products: with a layer off it is not safe. */
export function createFetcher(parts: FetcherParts): SafeFetch {
  const { turns = noTurns, robotsFiles = new RobotsFiles(), ...rest } = parts;
  return async (url, options) => {
    const deadline = new Deadline(options.timeoutMs, options.signal);
    try {
      const journey = { ...options, ...rest, turns, deadline, allowed: parseNetworks(options.allowedNetworks) };
      return await travel(url, journey, {
        mostRedirects: MAX_REDIRECTS,
        accept: wantedTypes(options.wanted).accept,
        ...(options.robots === 'Respect' && { permit: (at: URL) => robotsFiles.permit(at, journey) }),
        conditions: (at) => conditionsFor(at, options.ifChanged),
        read: (hop, at) => readPage(hop, at, options),
      });
    } catch (error) {
      return toFailure(error, deadline.signal).toResult();
    } finally {
      deadline.end();
    }
  };
}
