import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
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
import { LIFE_MS, type ServingCertificate } from './serving-certificate.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Clocks of nodes differ. */
const BACKDATE_MS = 5 * 60_000;

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
