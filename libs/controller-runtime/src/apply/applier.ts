import type { Cache } from '../cache/types.ts';
import type { KubeClient } from '../client/client.ts';
import { ConfigurationError } from '../client/errors.ts';
import type { Applier } from './types.ts';

export interface CreateApplierOptions {
  client: KubeClient;
  /** Where the live object is looked up; kinds that are not cached are read from the server. */
  cache?: Cache;
}

/** Makes an applier. One per process: what it remembers is what it saves. */
export function createApplier(_options: CreateApplierOptions): Applier {
  throw new ConfigurationError('not there yet');
}
