import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { KubeObject } from '../api/object.ts';
import type { WatchEvent } from './client.ts';
import { ApiError, ConnectionError, type ApiStatus } from './errors.ts';

/** Longest line taken (an object is at most 1.5 MiB in etcd; JSON escapes can multiply it): a runaway stream must not fill memory. */
const longestLine = 32 * 1024 * 1024;

/**
 * Reads the lines of a watch. Ends quietly when the stream ends between two lines; throws ApiError for an ERROR event and ConnectionError
 * for a line that was cut off or is not JSON: after that nothing in the stream can be trusted.
 */
export async function* readWatch<T extends KubeObject>(body: Readable, request: string): AsyncGenerator<WatchEvent<T>> {
  try {
    for await (const line of lines(body, request)) yield parseLine<T>(line, request);
  } catch (error) {
    if (error instanceof ApiError || error instanceof ConnectionError) throw error;
    throw new ConnectionError(request, { cause: error });
  } finally {
    body.destroy();
  }
}

async function* lines(body: Readable, request: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') yield part;
    if (rest.length > longestLine) throw new ConnectionError(request, { cause: 'a line longer than 32 MiB' });
  }
  if (rest.trim() !== '') throw new ConnectionError(request, { cause: 'the stream ended within a line' });
}

function parseLine<T extends KubeObject>(line: string, request: string): WatchEvent<T> {
  let parsed: { type?: string; object?: unknown };
  try {
    parsed = JSON.parse(line) as typeof parsed;
  } catch (error) {
    throw new ConnectionError(request, { cause: error });
  }
  if (parsed.type === 'ERROR') {
    const status = (parsed.object ?? {}) as ApiStatus;
    throw new ApiError({ ...status, code: status.code ?? 500 }, request);
  }
  return parsed as WatchEvent<T>;
}
