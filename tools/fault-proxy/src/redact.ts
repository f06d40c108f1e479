import { parse } from 'yaml';
import type { RequestInfo } from './types.ts';

/** What stands in the place of a secret value. */
export const redacted = '(redacted)';

type Json = Record<string, unknown>;

/** Reads a body as JSON, or as the YAML that server-side apply allows. Undefined if it is empty or neither. */
export function parseBody(text: string, contentType: string | undefined): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return contentType?.includes('yaml') === true ? parseYaml(text) : undefined;
  }
}

/** A copy of a request's body without the values of Secrets and without tokens: a history may be printed or stored. */
export function redact(info: Pick<RequestInfo, 'resource' | 'subresource'>, body: unknown): unknown {
  if (info.resource === 'secrets') return withoutSecrets(body);
  if (info.resource === 'tokenreviews' || info.subresource === 'token') return redacted;
  return withoutEmbedded(body);
}

/** A Secret, a list of them, or any of the patches of one. */
function withoutSecrets(body: unknown): unknown {
  // A JSON patch: the paths say what happens, no value is needed to follow it.
  if (Array.isArray(body))
    return body.map((step) => (isRecord(step) && 'value' in step ? { ...step, value: redacted } : step));
  if (!isRecord(body)) return body;
  if (Array.isArray(body['items'])) return { ...body, items: body['items'].map(withoutSecrets) };
  const hidden: Json = { ...body };
  for (const field of ['data', 'stringData']) if (field in hidden) hidden[field] = values(hidden[field]);
  return withoutLastApplied(hidden);
}

/** Secrets inside something else: a List, or a snapshot that somebody stores. */
function withoutEmbedded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmbedded);
  if (!isRecord(value)) return value;
  if (value['kind'] === 'Secret') return withoutSecrets(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutEmbedded(inner)]));
}

/** kubectl keeps a whole copy of what it applied. */
function withoutLastApplied(object: Json): Json {
  const metadata = object['metadata'];
  const annotations = isRecord(metadata) ? metadata['annotations'] : undefined;
  if (!isRecord(metadata) || !isRecord(annotations)) return object;
  const key = 'kubectl.kubernetes.io/last-applied-configuration';
  return key in annotations
    ? { ...object, metadata: { ...metadata, annotations: { ...annotations, [key]: redacted } } }
    : object;
}

/** Names stay, for the reader; an explicit null is a removal and says nothing. */
function values(data: unknown): unknown {
  if (!isRecord(data)) return data === null ? null : redacted;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value === null ? null : redacted]));
}

function parseYaml(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
