import { X509Certificate as NodeCertificate } from 'node:crypto';
import { DAY_MS, type ServingCertificate } from './serving-certificate.ts';

/** How long before its end a new one is made. */
export const RENEW_BEFORE_MS = 30 * DAY_MS;

/** Makes a CA and a serving certificate for `hosts` (the first one is the subject). `now` is in milliseconds since the epoch. */
export async function makeServingCertificate(hosts: readonly string[], now: number): Promise<ServingCertificate> {
  // Once a year: what makes certificates is not loaded by those that find one.
  const { issueCertificate } = await import('./certificate-issuer.ts');
  return issueCertificate(hosts, { now, usage: 'serverAuth' });
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
