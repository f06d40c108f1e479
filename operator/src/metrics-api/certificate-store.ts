import { isAlreadyExists, isConflict, Secret, type KubeClient } from '@tagservice/controller-runtime';
import { MANAGER } from '../children/labels.ts';
import { certificateProblem, makeServingCertificate } from './certificates.ts';
import type { ServingCertificate } from './serving-certificate.ts';

export type CertificateStoreOptions = {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Secret that all replicas share. */
  readonly secret: string;
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Thrown when replicas keep overwriting each other; the next attempt reads what stands there. */
export class CertificateRaceError extends Error {
  override readonly name = 'CertificateRaceError';
}

const ATTEMPTS = 4;

/** The certificate that all replicas serve: read from the Secret, made anew when there is none or its end is near. */
export async function sharedCertificate(options: CertificateStoreOptions): Promise<ServingCertificate> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const certificate = await readOrMake(options);
    if (certificate !== undefined) return certificate;
  }
  throw new CertificateRaceError(
    `Secret ${options.namespace}/${options.secret} changed under every one of ${ATTEMPTS} attempts`,
  );
}

/** Undefined: another replica was quicker; read again. */
async function readOrMake({
  client,
  namespace,
  secret: name,
  hosts,
  now,
}: CertificateStoreOptions): Promise<ServingCertificate | undefined> {
  const found = await client.find(Secret, { namespace, name });
  const stored = found === undefined ? undefined : decode(found.data);
  if (stored !== undefined && certificateProblem(stored, hosts, now()) === undefined) return stored;
  const made = await makeServingCertificate(hosts, now());
  // The former CA stays trusted beside the new one until the next renewal: another replica still serves the former certificate.
  const ca = stored === undefined ? made.ca : `${made.ca}\n${firstCertificate(stored.ca)}`;
  const certificate = { ...made, ca };
  try {
    if (found === undefined) await client.create(Secret, secretOf({ namespace, name, certificate }));
    else await client.update(Secret, { ...found, data: encode(certificate) });
    return certificate;
  } catch (error) {
    if (isAlreadyExists(error) || isConflict(error)) return undefined;
    throw error;
  }
}

function secretOf({
  namespace,
  name,
  certificate,
}: {
  namespace: string;
  name: string;
  certificate: ServingCertificate;
}) {
  const labels = {
    'app.kubernetes.io/name': MANAGER,
    'app.kubernetes.io/part-of': 'tagservice',
    'app.kubernetes.io/component': 'metrics-api',
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, labels },
    type: 'kubernetes.io/tls',
    data: encode(certificate),
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const text = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');

function encode({ ca, certificate, key }: ServingCertificate): Record<string, string> {
  return { 'ca.crt': base64(ca), 'tls.crt': base64(certificate), 'tls.key': base64(key) };
}

function decode(data: Readonly<Record<string, string>> = {}): ServingCertificate {
  return { ca: text(data['ca.crt']), certificate: text(data['tls.crt']), key: text(data['tls.key']) };
}

function firstCertificate(pem: string): string {
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem)?.[0] ?? '';
}
