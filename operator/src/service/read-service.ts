import { parseSpec, type TagService } from '@tagservice/crd';
import type { TagServiceObject } from '../resource.ts';

/** A TagService as the operator works with it, or why it cannot be read; `problems` are sentences that name the field. */
export type Read =
  { readonly ok: true; readonly value: TagService } | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a TagService as the operator works with it. */
export function readService(object: TagServiceObject): Read {
  const parsed = parseSpec(object.spec);
  if (!parsed.ok) return parsed;
  const { name, namespace = '', uid, generation = 0 } = object.metadata;
  const { apiVersion, kind, status } = object as Pick<TagService, 'apiVersion' | 'kind' | 'status'>;
  const metadata = { name, namespace, uid, generation };
  return {
    ok: true,
    value: { apiVersion, kind, metadata, spec: parsed.spec, ...(status !== undefined && { status }) },
  };
}
