import { apiEnvironment as names } from '@tagservice/contracts';
import type { TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import type { PodMounts } from '../workload/pod-template.ts';
import { API_KEYS, hasOwnKeys } from './api.keys.ts';

/** What a pod needs to know callers as declared. */
export type PodApiAccess = PodMounts & { readonly env: Readonly<Record<string, string>> };

const FOLDER = '/etc/tagservice/identity';
const NAME = 'identity';
/** Readable by the group of the pod, by nobody else. */
const MODE = 0o440;

/** Variables, volume and mount for `spec.api.auth`. The API reads the keys anew, so a rotation rolls no pods. */
export function apiAccess(service: TagService): PodApiAccess {
  const { mode, jwksUrl } = service.spec.api.auth;
  if (mode === 'Anonymous') return { env: { [names.authMode]: mode }, volumes: [], mounts: [] };
  const env = { [names.authMode]: mode, ...claimVariables(service) };
  if (jwksUrl !== undefined) return { env: { ...env, [names.authJwksUrl]: jwksUrl }, volumes: [], mounts: [] };
  return {
    env: { ...env, [names.authKeysFile]: `${FOLDER}/keys` },
    volumes: [{ name: NAME, secret: { ...keySecret(service), defaultMode: MODE } }],
    // A whole folder: a file mounted by itself (subPath) would keep its first content for ever.
    mounts: [{ name: NAME, mountPath: FOLDER, readOnly: true }],
  };
}

/** A token that the operator's key signs says for which service it is, and that this operator's key pair made it. */
function claimVariables(service: TagService): Record<string, string> {
  const { issuer, audience, tenantClaim } = service.spec.api.auth;
  const self = `${service.metadata.namespace}/${service.metadata.name}`;
  const wanted = issuer ?? (hasOwnKeys(service) ? self : undefined);
  return {
    ...(wanted !== undefined && { [names.authIssuer]: wanted }),
    [names.authAudience]: audience ?? self,
    [names.authTenantClaim]: tenantClaim,
  };
}

/** Of our own Secret never the signing key: pods verify tokens and make none. */
function keySecret(service: TagService) {
  const { keysSecretRef } = service.spec.api.auth;
  const { name, key } = keysSecretRef ?? { name: namesOf(service).apiKeys, key: API_KEYS.public };
  return { secretName: name, items: [{ key, path: 'keys' }] };
}
