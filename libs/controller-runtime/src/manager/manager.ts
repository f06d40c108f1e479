import { ConfigurationError } from '../client/errors.ts';
import type { Manager, ManagerOptions } from './types.ts';

/** Makes a manager; nothing runs before `start`. */
export function createManager(_options: ManagerOptions): Manager {
  throw new ConfigurationError('not there yet');
}
