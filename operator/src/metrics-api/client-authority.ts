import { ConfigMap, type KubeClient } from '@tagservice/controller-runtime';

/** Who may ask: holders of a certificate of this CA (PEM), with one of these common names (empty: any). */
export type ClientAuthority = { readonly ca: string; readonly allowedNames: readonly string[] };

/** The cluster does not tell how its API server identifies itself, so nobody could be let in. */
export class NoAggregationError extends Error {
  override readonly name = 'NoAggregationError';
}

const WHERE = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };

/**
 * How the API server identifies itself when it passes a request on. The API server has authenticated and authorised the caller by then; what
 * remains is to let in nobody else.
 */
export async function readClientAuthority(client: KubeClient): Promise<ClientAuthority> {
  const { data = {} } = await client.get(ConfigMap, WHERE);
  const ca = data['requestheader-client-ca-file'];
  if (ca === undefined)
    throw new NoAggregationError(
      `ConfigMap ${WHERE.namespace}/${WHERE.name} has no requestheader-client-ca-file: start kube-apiserver with --requestheader-client-ca-file`,
    );
  return { ca, allowedNames: namesOf(data['requestheader-allowed-names']) };
}

function namesOf(json: string | undefined): readonly string[] {
  try {
    const names: unknown = JSON.parse(json ?? '[]');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
