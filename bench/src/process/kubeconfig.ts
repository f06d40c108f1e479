import { readFile, writeFile } from 'node:fs/promises';
import { BenchFailure } from '../errors.ts';

/** The port of 127.0.0.1 at which the API server of a kubeconfig of the test cluster listens. */
export function portOf(kubeconfig: string): number {
  const match = /server: https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig);
  if (match === null) throw new BenchFailure('The kubeconfig names no API server on 127.0.0.1.');
  return Number(match[1]);
}

/** The same kubeconfig with another port. */
export function withPort(kubeconfig: string, port: number): string {
  return kubeconfig.replace(`https://127.0.0.1:${String(portOf(kubeconfig))}`, `https://127.0.0.1:${String(port)}`);
}

/** Writes a copy of a kubeconfig that leads through a port of our own. */
export async function redirect(from: string, to: string, port: number): Promise<void> {
  await writeFile(to, withPort(await readFile(from, 'utf8'), port), { mode: 0o600 });
}

/** A kubeconfig for an HTTP server on this machine that asks for no credentials. */
export function plainKubeconfig(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    // The official loader takes plain HTTP only with verification off; there is nothing to verify on plain HTTP.
    clusters: [
      { name: 'replay', cluster: { server: `http://127.0.0.1:${String(port)}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'replay', user: {} }],
    contexts: [{ name: 'replay', context: { cluster: 'replay', user: 'replay' } }],
    'current-context': 'replay',
  });
}
