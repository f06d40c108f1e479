/** Kubernetes quantities without exponents: "100m", "1.5", "512Mi", "2G". */
export const QUANTITY_PATTERN = String.raw`^[0-9]{1,16}(\.[0-9]{1,6})?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$`;

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const WHOLE = new RegExp(QUANTITY_PATTERN);

/** Thrown for a text that is no quantity; the API server refuses such a resource before the operator sees it. */
export class InvalidQuantityError extends Error {
  override readonly name = 'InvalidQuantityError';
  constructor(text: string) {
    super(`"${text}" is not a quantity: write a number with an optional suffix, for example 100m, 2, 512Mi or 8Gi`);
  }
}

/** The number a quantity stands for: bytes of a size, cores of a CPU amount. Throws {@link InvalidQuantityError}. */
export function parseQuantity(text: string | number): number {
  const written = String(text);
  if (!WHOLE.test(written)) throw new InvalidQuantityError(written);
  const [, amount = '0', suffix = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(written) ?? [];
  return Number(amount) * (FACTORS[suffix] ?? 1);
}

/** A whole number of bytes as the largest binary unit that divides it: 2097152 is "2Mi". */
export function formatBytes(bytes: number): string {
  for (const suffix of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const) {
    const size = FACTORS[suffix] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${suffix}`;
  }
  return String(bytes);
}
