import { parseSpec, type TagService } from '@tagservice/crd';
import type { TagServiceObject } from '../resource.ts';

/** A TagService as the operator works with it, or why it cannot be read; `problems` are sentences that name the field. */
export type Read =
  { readonly ok: true; readonly value: TagService } | { readonly ok: false; readonly problems: readonly string[] };

/** Specs that were read: a cache gives the same one until it changes, and a service at rest is looked at every few seconds. */
const parsedSpecs = new WeakMap<object, ReturnType<typeof parseSpec>>();

function parsedOnce(spec: unknown): ReturnType<typeof parseSpec> {
  if (typeof spec !== 'object' || spec === null) return parseSpec(spec);
  const known = parsedSpecs.get(spec);
  if (known !== undefined) return known;
  const parsed = parseSpec(spec);
  parsedSpecs.set(spec, parsed);
  return parsed;
}

/** Reads a TagService as the operator works with it. What it answers must not be changed. */
export function readService(object: TagServiceObject): Read {
  const parsed = parsedOnce(object.spec);
  if (!parsed.ok) return parsed;
  const { name, namespace = '', uid, generation = 0 } = object.metadata;
  const { apiVersion, kind, status } = object as Pick<TagService, 'apiVersion' | 'kind' | 'status'>;
  const metadata = { name, namespace, uid, generation };
  return {
    ok: true,
    value: { apiVersion, kind, metadata, spec: parsed.spec, ...(status !== undefined && { status }) },
  };
}
