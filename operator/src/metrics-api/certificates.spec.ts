import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { NOW } from '../../test/fixtures.ts';
import { certificateProblem, makeServingCertificate, RENEW_BEFORE_MS } from './certificates.ts';
import { LIFE_MS, type ServingCertificate } from './serving-certificate.ts';

const host = 'tagservice-operator.system.svc';
let made: ServingCertificate;

beforeAll(async () => {
  made = await makeServingCertificate([host], NOW);
});

describe('the certificate of the metrics API', () => {
  it('is good for its host, by its own CA', () => {
    expect(certificateProblem(made, [host], NOW)).toBeUndefined();
    const ca = new X509Certificate(made.ca);
    expect(new X509Certificate(made.certificate).verify(ca.publicKey)).toBe(true);
    expect(ca.ca).toBe(true);
  });

  it('is renewed in time before its end', () => {
    expect(certificateProblem(made, [host], NOW + LIFE_MS - RENEW_BEFORE_MS - 60_000)).toBeUndefined();
    expect(certificateProblem(made, [host], NOW + LIFE_MS - RENEW_BEFORE_MS + 60_000)).toContain('ends at');
  });

  it('is already valid where clocks are behind', () => {
    expect(new X509Certificate(made.certificate).validFromDate.getTime()).toBeLessThan(NOW - 60_000);
  });

  it('is renewed when the Service is called otherwise', () => {
    expect(certificateProblem(made, ['other.system.svc'], NOW)).toBe('is not for other.system.svc');
  });

  it('is renewed when somebody broke it', async () => {
    const other = await makeServingCertificate([host], NOW);
    expect(certificateProblem({ ...made, ca: other.ca }, [host], NOW)).toBe('is not issued by its CA');
    expect(certificateProblem({ ...made, certificate: 'x' }, [host], NOW)).toContain('cannot be read');
  });

  it('goes on with the former CA beside the new one', () => {
    expect(certificateProblem({ ...made, ca: `${made.ca}\n${made.ca}` }, [host], NOW)).toBeUndefined();
  });
});
