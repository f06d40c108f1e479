import { z } from 'zod';
import { variable } from './configuration.ts';

/** Bounds of a whole number and the value it has when the variable is unset. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

const wholeNumber = /^-?\d+$/;

/** A whole number written in decimal digits, within bounds. */
export function integerField(range: IntegerRange, unit = ''): z.ZodType<number> {
  const wanted = `a whole number from ${String(range.min)} to ${String(range.max)}${unit === '' ? '' : ` ${unit}`}`;
  const schema = z
    .string()
    .regex(wholeNumber, `is not ${wanted}`)
    .transform(Number)
    .refine((value) => value >= range.min && value <= range.max, `is not ${wanted}`)
    .default(range.fallback);
  return variable(schema, { remedy: `Set ${wanted}; unset means ${String(range.fallback)}.` });
}

/** A TCP port; 0 lets the system choose one. */
export function portField(fallback: number): z.ZodType<number> {
  return integerField({ min: 0, max: 65_535, fallback }, '(a TCP port; 0 for any free one)');
}

/** A duration in milliseconds, up to 30 days. */
export function millisecondsField(fallback: number, min = 0): z.ZodType<number> {
  return integerField({ min, max: 30 * 86_400_000, fallback }, 'milliseconds');
}

/** A number from 0 to 1. */
export function ratioField(fallback: number): z.ZodType<number> {
  const schema = z
    .string()
    .transform(Number)
    .refine((value) => value >= 0 && value <= 1, 'is not a number from 0 to 1')
    .default(fallback);
  return variable(schema, { remedy: `Set a number from 0 to 1; unset means ${String(fallback)}.` });
}

/** A comma-separated list without empty items. With `required` at least one item must be there. */
export function listField(remedy: string, required = false): z.ZodType<readonly string[]> {
  const items = z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .refine((list) => !required || list.length > 0, 'has no item');
  return required ? variable(items, { remedy }) : variable(items.default([]), { remedy });
}

/** A text with a fallback. */
export function textField(remedy: string, fallback: string): z.ZodType<string> {
  return variable(z.string().max(2048).default(fallback), { remedy });
}

/** A text that may be absent. */
export function optionalField(remedy: string, secret = false): z.ZodType<string | undefined> {
  return variable(z.string().max(2048).optional(), { remedy, secret });
}
