import { stringify } from 'yaml';

/** Everything a kubeconfig for one user of one cluster holds; certificates as PEM text. */
export type KubeconfigParts = { name: string; server: string; ca: string; certificate: string; key: string };

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig that holds its certificates itself, so that the file can be copied. */
export function renderKubeconfig(parts: KubeconfigParts): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: parts.name, cluster: { server: parts.server, 'certificate-authority-data': base64(parts.ca) } }],
    users: [
      {
        name: parts.name,
        user: { 'client-certificate-data': base64(parts.certificate), 'client-key-data': base64(parts.key) },
      },
    ],
    contexts: [{ name: parts.name, context: { cluster: parts.name, user: parts.name } }],
    'current-context': parts.name,
  });
}
