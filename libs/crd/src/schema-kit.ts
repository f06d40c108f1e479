import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from './duration.ts';
import { parseQuantity, QUANTITY_PATTERN } from './quantity.ts';
import { cel, type CelRule } from './rules.ts';

/*
 * Building blocks of the schema. Each one forces what the API conventions ask of every field: a description and a bound.
 * A default given here reaches the CRD (the API server fills it in), the TypeScript type and the reference page alike.
 */

/** Pattern of the name of an object: parts of lower-case letters, digits and dashes, with dots between. */
export const OBJECT_NAME = String.raw`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`;

type Rules = { readonly rules?: readonly CelRule[] };

const about = (description: string, more: Readonly<Record<string, unknown>> = {}) => ({ description, ...more });
const validations = ({ rules }: Rules) => (rules === undefined ? {} : { 'x-kubernetes-validations': rules.map(cel) });

/** A bounded text. `pattern` is anchored by its writer. */
export function text(
  description: string,
  { max, min = 1, pattern, ...rules }: { max: number; min?: number; pattern?: string } & Rules,
) {
  const bounded = z.string().min(min).max(max);
  const shaped = pattern === undefined ? bounded : bounded.regex(new RegExp(pattern));
  return shaped.meta(about(description, validations(rules)));
}

/** A whole number between two bounds, both allowed. */
export function whole(description: string, { min, max }: { min: number; max: number }) {
  return z.int().min(min).max(max).meta(about(description));
}

/** A number between two bounds, both allowed. */
export function ratio(description: string, { min, max }: { min: number; max: number }) {
  return z.number().min(min).max(max).meta(about(description));
}

/** One word of a closed list. */
export function choice<const T extends readonly [string, ...string[]]>(description: string, words: T) {
  return z.enum(words).meta(about(description));
}

/** A duration between two bounds; checked by CEL, because a pattern cannot compare. */
export function duration(description: string, { rule }: { rule: CelRule & { min: string; max: string } }) {
  const [min, max] = [parseDuration(rule.min), parseDuration(rule.max)];
  return z
    .string()
    .max(16)
    .regex(new RegExp(DURATION_PATTERN))
    .refine(
      (written) => parseDuration(written) >= min && parseDuration(written) <= max,
      `wanted ${rule.min} to ${rule.max}`,
    )
    .meta(
      about(description, {
        ...validations({ rules: [rule] }),
        'x-tagservice-type': 'duration',
        'x-tagservice-bounds': `${rule.min} to ${rule.max}`,
      }),
    );
}

/** A size in bytes between two bounds, written as a quantity. */
export function size(description: string, { rule }: { rule: CelRule & { min: string; max: string } }) {
  const [min, max] = [parseQuantity(rule.min), parseQuantity(rule.max)];
  return z
    .string()
    .max(24)
    .regex(new RegExp(QUANTITY_PATTERN))
    .refine(
      (written) => parseQuantity(written) >= min && parseQuantity(written) <= max,
      `wanted ${rule.min} to ${rule.max}`,
    )
    .meta(
      about(description, {
        ...validations({ rules: [rule] }),
        'x-tagservice-type': 'quantity',
        'x-tagservice-bounds': `${rule.min} to ${rule.max}`,
      }),
    );
}

/** An amount of a resource as pods declare it: `2` and `"2"` are both usual, so both are taken. */
export function amount(description: string) {
  return z
    .union([z.int().min(0).max(1_000_000_000), z.string().max(24).regex(new RegExp(QUANTITY_PATTERN))])
    .meta(about(description, { 'x-kubernetes-int-or-string': true, 'x-tagservice-type': 'quantity' }));
}

/**
 * An object whose fields all have defaults: it may be left out, and is then filled in. Its own default is written out in full, because the API
 * server checks rules against it before it fills in what is inside.
 */
export function section<T extends z.ZodRawShape>(description: string, shape: T, { rules }: Rules = {}) {
  const object = z.object(shape);
  return object.meta(about(description, validations({ ...(rules && { rules }) }))).prefault(object.parse({}) as never);
}

/** An object that is kept as written: no default of its own. */
export function record<T extends z.ZodRawShape>(description: string, shape: T, { rules }: Rules = {}) {
  return z.object(shape).meta(about(description, validations({ ...(rules && { rules }) })));
}

/** A list without order or repeats. */
export function setOf<T extends z.ZodType>(
  description: string,
  item: T,
  { min = 0, max }: { min?: number; max: number },
) {
  return z
    .array(item)
    .min(min)
    .max(max)
    .meta(about(description, { 'x-kubernetes-list-type': 'set' }));
}

/** A list of objects told apart by `keys`, so that two writers can each own an entry. */
export function mapOf<T extends z.ZodType>(
  description: string,
  item: T,
  { keys, max }: { keys: readonly string[]; max: number },
) {
  return z
    .array(item)
    .max(max)
    .meta(about(description, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }));
}

/** A bounded map of texts. */
export function texts(description: string, { entries, max, ...rules }: { entries: number; max: number } & Rules) {
  return z
    .record(z.string(), z.string().max(max).meta({ description: 'One value.' }))
    .meta(about(description, { maxProperties: entries, ...validations(rules) }));
}
