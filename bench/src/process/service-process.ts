import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentNames } from '@tagservice/contracts';
import { imageEnvironment, nodeFlags } from '@tagservice/operator/faults/entrypoint';
import { freePorts } from '@tagservice/testbed';
import { executables, workspaceRoot } from '@tagservice/workspace';
import { BenchFailure } from '../errors.ts';
import { startServer, type ServerProcess } from '../api/server-process.ts';
import { PROBE_PORT_VARIABLE } from '../soak/probe-port.ts';
import { bundleInto, scriptIn } from './bundles.ts';

/** What a service process needs. */
export interface ServiceSettings {
  /** Where its bundle goes. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where its log goes; to nobody unless given. */
  readonly log?: string;
  /** A bundled script that the process loads first; it answers on the port that it finds in its environment. */
  readonly probe?: string;
}

/** What an API and its workers need to find each other, with nobody to be refused for having asked too often. */
export const serviceEnvironment = ({ kafka, redis }: { kafka: string; redis: string }): Record<string, string> => ({
  [environmentNames.serviceName]: 'bench',
  [environmentNames.kafkaBrokers]: kafka,
  [environmentNames.kafkaTopicPrefix]: 'bench',
  [environmentNames.redisUrl]: redis,
  [environmentNames.authMode]: 'Anonymous',
  [environmentNames.requestsPerMinute]: '1000000',
  [environmentNames.burst]: '100000',
});

/** Bundles an executable of the service as for its image; answers with what starts it, with the flags and variables of its image, and waits until it is ready. */
export async function serviceProcess(
  name: 'api' | 'compute' | 'sample-site',
  { folder, env, log, probe }: ServiceSettings,
): Promise<() => Promise<ServerProcess>> {
  const executable = executables.find((one) => one.name === name);
  if (executable === undefined) throw new BenchFailure(`${name} is not among the executables.`);
  const place = join(folder, name);
  await bundleInto(place, executable);
  const dockerfile = await readFile(join(workspaceRoot, executable.folder, 'Dockerfile'), 'utf8');
  const [flags, own] = [nodeFlags(dockerfile), imageEnvironment(dockerfile)];
  return async () => {
    const [port = 0, metrics = 0, probePort = 0] = await freePorts(3);
    const at = (base: number, path: string): string => `http://127.0.0.1:${String(base)}${path}`;
    const probing = probe === undefined ? [] : ['--expose-gc', '--import', probe];
    const server = await startServer({
      ...{ script: scriptIn(place, 'main'), flags: [...flags, ...probing], port },
      readyUrl: name === 'sample-site' ? at(port, '/healthz') : at(metrics, '/health/ready'),
      env: {
        ...own,
        ...env,
        [environmentNames.metricsPort]: String(metrics),
        [PROBE_PORT_VARIABLE]: String(probePort),
      },
      ...(log !== undefined && { log }),
    });
    return probe === undefined ? server : { ...server, probe: at(probePort, '/') };
  };
}
