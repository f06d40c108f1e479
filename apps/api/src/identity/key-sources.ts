import { open } from 'node:fs/promises';
import type { KeySource } from './key-keeper.ts';

/** Why a source of keys gave none. */
export class KeySourceFailed extends Error {
  override readonly name = 'KeySourceFailed';
}

/** A set with 64 keys of 4,096 bits and their certificates stays below this. */
const MOST_BYTES = 256 * 1_024;

const REMOTE = { timeoutMs: 5_000, maximumAgeMs: 600_000, coolDownMs: 30_000 };
const FILE = { maximumAgeMs: 5_000, coolDownMs: 1_000 };

/** Keys that an issuer publishes. No redirect is followed: the declared address is the one that is trusted. */
export function remoteKeys(url: string, timing: Partial<typeof REMOTE> = {}): KeySource {
  const { timeoutMs, ...ages } = { ...REMOTE, ...timing };
  return {
    ...ages,
    async read() {
      const response = await fetch(url, {
        redirect: 'error',
        headers: { accept: 'application/jwk-set+json, application/json' },
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new KeySourceFailed(`the issuer answered ${String(response.status)}`);
      }
      return bounded(response.body ?? []);
    },
  };
}

/** Keys in a mounted file. Kubernetes swaps the file when its Secret changes, so it is opened anew each time. */
export function fileKeys(path: string, timing: Partial<typeof FILE> = {}): KeySource {
  return {
    ...FILE,
    ...timing,
    async read() {
      const file = await open(path, 'r');
      return bounded(file.createReadStream({ end: MOST_BYTES }));
    },
  };
}

async function bounded(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of stream) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new KeySourceFailed(`the keys have more than ${String(MOST_BYTES)} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
