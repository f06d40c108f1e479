import { parseArgs } from 'node:util';

export interface LocalOptions {
  readonly port: number;
  readonly help: boolean;
}

/** The command line cannot be understood; the message says what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `usage: npm start -- [--port PORT]

Runs the API and compute in one process, with the bus and the store in memory: nothing is kept, no cluster is needed.

  --port PORT   port of the API on 127.0.0.1 (default 8080; 0 for any free one)
  --help        this text`;

/** @throws UsageError */
export function readOptions(args: readonly string[]): LocalOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string', default: '8080' }, help: { type: 'boolean', default: false } },
    });
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : -1;
    if (port < 0 || port > 65_535) throw new UsageError(`--port ${values.port}: not a port from 0 to 65535.`);
    return { port, help: values.help };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
