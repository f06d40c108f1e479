import { startMeasured, type MeasuredCommand, type MeasuredProcess } from '../process/measured-process.ts';

/** A server that is measured from outside. */
export interface ServerProcess extends MeasuredProcess {
  readonly port: number;
  /** Where its probe answers, if it has one. */
  readonly probe?: string;
}

/** How a server is started and when it counts as ready. */
export interface ServerCommand extends Omit<MeasuredCommand, 'flags'> {
  readonly flags?: readonly string[];
  readonly port: number;
}

/** Starts a bundled server on this machine and waits until it is ready. */
export async function startServer({ flags = [], port, env, ...command }: ServerCommand): Promise<ServerProcess> {
  const server = await startMeasured({
    ...command,
    flags,
    env: { HTTP_PORT: String(port), NODE_ENV: 'production', ...env },
  });
  return { ...server, port };
}
