import { X509Certificate as NodeCertificate } from 'node:crypto';

/** Everything the metrics API needs to be trusted by the API server, as PEM texts. The key of the CA is not kept: rotation makes a new CA. */
export type ServingCertificate = { readonly ca: string; readonly certificate: string; readonly key: string };

const DAY_MS = 86_400_000;
/** Life of a certificate, and how long before its end a new one is made. */
export const LIFE_MS = 365 * DAY_MS;
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
