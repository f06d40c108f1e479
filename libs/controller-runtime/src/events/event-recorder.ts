import type { KubeClient } from '../client/client.ts';
import { ConfigurationError } from '../client/errors.ts';
import type { Clock } from '../clock/clock.ts';
import type { Logger } from '../logger.ts';
import type { EventRecorder } from './types.ts';

export interface EventRecorderOptions {
  client: KubeClient;
  /** Who reports, as a qualified name: `example.dev/operator`. */
  controller: string;
  /** Which instance reports: the pod name. */
  instance: string;
  clock?: Clock;
  log?: Logger;
}

/** Makes a recorder. */
export function createEventRecorder(_options: EventRecorderOptions): EventRecorder {
  throw new ConfigurationError('not there yet');
}
