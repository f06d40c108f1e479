import type { RequestInfo, Verb } from './types.ts';

/** What is needed of a request to say what it asks for. */
export type RequestHead = { readonly method: string; readonly path: string; readonly contentType?: string | undefined };

type Target = Pick<RequestInfo, 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'> & {
  /** Of the paths before `?watch=true`: `/api/v1/watch/pods`. */
  readonly watch: boolean;
};

const noResource: Target = { group: '', version: '', resource: '', watch: false };

/** Subresources of a Namespace; anything else after its name is a resource within it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/**
 * Says what a request asks for, as the API server's own RequestInfoFactory does (k8s.io/apiserver/pkg/endpoints/request), except that
 * server-side apply is a verb of its own and a Namespace is not in itself.
 */
export function parseRequest(head: RequestHead): RequestInfo {
  const { pathname, query } = splitPath(head.path);
  const { watch, ...target } = targetOf(pathname);
  const byField = target.name === undefined ? nameSelected(query) : undefined;
  return {
    verb: verbOf(head, target, watch || isTrue(query.get('watch'))),
    ...target,
    ...(byField === undefined ? {} : { name: byField }),
    dryRun: (query.get('dryRun') ?? '') !== '',
    ...taken(query, ['fieldManager', 'labelSelector', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch']),
  };
}

/** Path and query as they stand: a URL would take what follows two slashes for a host. */
export function splitPath(path: string): { pathname: string; query: URLSearchParams } {
  const [pathname = '', ...query] = path.split('?');
  return { pathname, query: new URLSearchParams(query.join('?')) };
}

/** Adds what only the body says: the name of what is created, and a dry run of a deletion. */
export function refineByBody(info: RequestInfo, body: unknown): RequestInfo {
  if (info.verb === 'create' && info.name === undefined) {
    const name = at(at(body, 'metadata'), 'name');
    return typeof name === 'string' && name !== '' ? { ...info, name } : info;
  }
  if (info.verb === 'delete' || info.verb === 'deletecollection') {
    const dryRun = at(body, 'dryRun');
    return Array.isArray(dryRun) && dryRun.length > 0 ? { ...info, dryRun: true } : info;
  }
  return info;
}

const storing: ReadonlySet<Verb> = new Set(['create', 'update', 'patch', 'apply', 'delete', 'deletecollection']);

/** Resources whose creation is a question and stores nothing. */
const questions = /^(self)?subject(access|rules)?reviews$|^localsubjectaccessreviews$|^tokenreviews$/;

/** True for a request that changes what is stored. */
export function stores(info: Pick<RequestInfo, 'verb' | 'dryRun' | 'resource' | 'subresource'>): boolean {
  if (!storing.has(info.verb) || info.dryRun || info.resource === '') return false;
  return !questions.test(info.resource) && info.subresource !== 'token';
}

/** The default of OpenOptions.countsAsWrite. */
export function countsAsWrite(info: Pick<RequestInfo, 'verb' | 'dryRun' | 'resource' | 'subresource'>): boolean {
  return stores(info) && info.resource !== 'leases' && info.resource !== 'events';
}

function targetOf(pathname: string): Target {
  const [root, ...rest] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (root === 'api') return within({ group: '', version: rest[0] ?? '' }, rest.slice(1));
  if (root === 'apis') return within({ group: rest[0] ?? '', version: rest[1] ?? '' }, rest.slice(2));
  return noResource;
}

function within(api: { group: string; version: string }, given: readonly string[]): Target {
  const watch = given[0] === 'watch';
  const parts = watch ? given.slice(1) : given;
  const [first, namespace, third] = parts;
  const inNamespace = first === 'namespaces' && third !== undefined && !namespaceSubresources.has(third);
  const object = objectOf(inNamespace ? parts.slice(2) : parts);
  if (object === undefined) return noResource;
  return { ...api, watch, ...object, ...(inNamespace && namespace !== undefined ? { namespace } : {}) };
}

function objectOf(parts: readonly string[]): Pick<Target, 'resource' | 'name' | 'subresource'> | undefined {
  const [resource, name, ...subresource] = parts;
  if (resource === undefined) return undefined;
  if (name === undefined) return { resource };
  return subresource.length === 0 ? { resource, name } : { resource, name, subresource: subresource.join('/') };
}

const reads = new Set(['GET', 'HEAD']);

function verbOf(head: RequestHead, target: Omit<Target, 'watch'>, watch: boolean): Verb {
  const { method } = head;
  if (target.resource === '') return reads.has(method) ? 'get' : 'other';
  if (reads.has(method)) return reading(target.name !== undefined, watch);
  return writing(head, target.name !== undefined);
}

function writing({ method, contentType }: RequestHead, named: boolean): Verb {
  const verbs: Readonly<Record<string, Verb>> = {
    POST: 'create',
    PUT: 'update',
    PATCH: contentType?.startsWith('application/apply-patch') === true ? 'apply' : 'patch',
    DELETE: named ? 'delete' : 'deletecollection',
  };
  return verbs[method] ?? 'other';
}

/** A path with a name is read, whatever it says of watching. */
function reading(named: boolean, watch: boolean): Verb {
  if (named) return 'get';
  return watch ? 'watch' : 'list';
}

/** As Kubernetes reads a boolean of the query: given without a value it is true. */
function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function nameSelected(query: URLSearchParams): string | undefined {
  const terms = (query.get('fieldSelector') ?? '').split(',');
  return terms.map((term) => /^metadata\.name==?(.+)$/.exec(term)?.[1]).find((name) => name !== undefined);
}

function taken<K extends string>(query: URLSearchParams, names: readonly K[]): Partial<Record<K, string>> {
  const given = names
    .map((name) => [name, query.get(name)] as const)
    .filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(given) as Partial<Record<K, string>>;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
