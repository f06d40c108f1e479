import { request } from 'node:https';
import { readPem } from './pki.ts';

/** Where an HTTPS endpoint of the cluster is and with which files of the PKI folder to ask it. */
export type Endpoint = { pki: string; port: number; path: string };

/** Status code of a GET with the admin's certificate; undefined while nobody answers. */
export function statusOf(endpoint: Endpoint): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: endpoint.port,
        path: endpoint.path,
        ca: readPem(endpoint.pki, 'ca.crt'),
        cert: readPem(endpoint.pki, 'admin.crt'),
        key: readPem(endpoint.pki, 'admin.key'),
        agent: false,
        timeout: 2_000,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => {
      resolve(undefined);
    });
    asked.end();
  });
}
