import 'reflect-metadata';
import { webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Everything the metrics API needs to be trusted by the API server, as PEM texts. The key of the CA is not kept: rotation makes a new CA. */
export type ServingCertificate = { readonly ca: string; readonly certificate: string; readonly key: string };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** Life of a certificate, and how long before its end a new one is made. */
export const LIFE_MS = 365 * DAY_MS;
export const RENEW_BEFORE_MS = 30 * DAY_MS;
/** Clocks of nodes differ. */
const BACKDATE_MS = 5 * 60_000;

/** Makes a CA and a serving certificate for `hosts` (the first one is the subject). `now` is in milliseconds since the epoch. */
export function makeServingCertificate(hosts: readonly string[], now: number): Promise<ServingCertificate> {
  return issueCertificate(hosts, { now, usage: 'serverAuth' });
}

/** Makes a CA and a certificate of it for one usage. */
export async function issueCertificate(
  hosts: readonly string[],
  { now, usage }: { now: number; usage: 'serverAuth' | 'clientAuth' },
): Promise<ServingCertificate> {
  const validity = { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + LIFE_MS) };
  const authority = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const serving = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const issuer = 'CN=tagservice-operator metrics API CA';
  const ca = await X509CertificateGenerator.createSelfSigned(
    {
      ...validity,
      name: issuer,
      keys: authority,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    webcrypto,
  );
  const certificate = await X509CertificateGenerator.create(
    {
      ...validity,
      subject: `CN=${hosts[0] ?? 'tagservice-operator'}`,
      issuer,
      publicKey: serving.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
        new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value }))),
      ],
    },
    webcrypto,
  );
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', serving.privateKey), 'PRIVATE KEY');
  return { ca: ca.toString('pem'), certificate: certificate.toString('pem'), key };
}

/** Why a certificate cannot go on being used; undefined when it can. */
export function certificateProblem(
  { ca, certificate }: ServingCertificate,
  hosts: readonly string[],
  now: number,
): string | undefined {
  try {
    const serving = new NodeCertificate(certificate);
    if (!serving.verify(new NodeCertificate(ca).publicKey)) return 'is not issued by its CA';
    if (serving.validToDate.getTime() - now < RENEW_BEFORE_MS) return `ends at ${serving.validTo}`;
    const missing = hosts.find((host) => serving.checkHost(host) === undefined);
    return missing === undefined ? undefined : `is not for ${missing}`;
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
