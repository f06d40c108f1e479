/** Everything the metrics API needs to be trusted by the API server, as PEM texts. The key of the CA is not kept: rotation makes a new CA. */
export type ServingCertificate = { readonly ca: string; readonly certificate: string; readonly key: string };

export const DAY_MS = 86_400_000;
/** Life of a certificate. */
export const LIFE_MS = 365 * DAY_MS;
