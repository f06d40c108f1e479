import { BenchFailure } from '../errors.ts';

/** One line that a measured process wrote: a JSON object. */
export type Line = Readonly<Record<string, unknown>>;

/** Reads one line; throws BenchFailure when it is no JSON object. */
export function parseLine(text: string): Line {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Line;
  } catch {
    // Told below, with the text.
  }
  throw new BenchFailure(`A measured process wrote what is no JSON object: ${text.slice(0, 200)}`);
}

/** A number of a line; throws BenchFailure when it is missing or no finite number. */
export function numberIn(line: Line, key: string): number {
  const value = line[key];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new BenchFailure(`"${key}" is no number in ${JSON.stringify(line).slice(0, 200)}`);
}

/** A list of numbers of a line. */
export function numbersIn(line: Line, key: string): readonly number[] {
  const value = line[key];
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value;
  throw new BenchFailure(`"${key}" is no list of numbers in ${JSON.stringify(line).slice(0, 200)}`);
}

/** An object of numbers of a line, by name. */
export function countsIn(line: Line, key: string): Readonly<Record<string, number>> {
  const value = line[key];
  const isCounts = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isCounts && Object.values(value).every((one) => typeof one === 'number')) return value as Record<string, number>;
  throw new BenchFailure(`"${key}" holds no numbers in ${JSON.stringify(line).slice(0, 200)}`);
}
