import type { KubeClient } from '../client/client.ts';
import { ConfigurationError } from '../client/errors.ts';
import type { Clock } from '../clock/clock.ts';
import type { Logger } from '../logger.ts';
import type { Registry } from 'prom-client';
import type { Cache } from './types.ts';

export interface CacheOptions {
  client: KubeClient;
  /** Watch only these namespaces; default: the whole cluster. */
  namespaces?: readonly string[];
  clock?: Clock;
  log?: Logger;
  registry?: Registry;
}

/** Makes a cache; nothing is requested before `start`. */
export function createCache(_options: CacheOptions): Cache {
  throw new ConfigurationError('not there yet');
}
