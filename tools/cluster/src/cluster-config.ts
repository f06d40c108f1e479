import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ApiPorts } from './api-plane.ts';
import type { Profile } from './types.ts';

/** What a cluster must remember between two calls. Written whole, before anything that depends on it is made. */
export type ClusterConfig = {
  profile: Profile;
  nodes: number;
  /** Port of the API server on 127.0.0.1. */
  apiPort: number;
  /** Only in the `api` profile. */
  apiPorts?: ApiPorts;
  controllerManager?: boolean;
  /** True once the objects that every cluster holds are in it. */
  prepared?: boolean;
  /** Nodes that were stopped and shall stay so until they are started. */
  stopped: number[];
};

/** The stored configuration, or undefined where there is no such cluster. */
export function readConfig(file: string): ClusterConfig | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClusterConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Stores the configuration. */
export function writeConfig(file: string, config: ClusterConfig): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
