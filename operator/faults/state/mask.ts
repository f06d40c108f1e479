/** What differs from run to run although the state is the same. Each is replaced by a symbol that is equal where the originals are equal. */
const VOLATILE: readonly (readonly [symbol: string, pattern: RegExp])[] = [
  ['time', /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z\b/g],
  ['uid', /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g],
  ['hash', /\b[0-9a-f]{16,64}\b/g],
  // The ending of a revision's name where it stands alone: as a label, in a selector, in a template that is kept as text.
  ['name', /(?<=tagservice\.dev\/revision(?:\\?":\\?"|=))[0-9a-f]{6,12}\b/g],
];
/** Endings of names that are a hash: in Kubernetes' alphabet for them (no vowels), or hexadecimal. */
const HASHED_NAME = /(-)([bcdfghjklmnpqrstvwxz2456789]{6,12}|[0-9a-f]{6,12})(?![\w.-]*\.dev|[a-z0-9])/g;

/** Texts that two runs have different words for, and what to write instead (the namespace, for one). */
export type Alias = { readonly text: string; readonly as: string };

/** Replaces all that is volatile by its kind: for sorting, where numbers must not depend on the order. */
export function maskAll(text: string): string {
  let masked = text;
  for (const [symbol, pattern] of VOLATILE) masked = masked.replace(pattern, `<${symbol}>`);
  return masked.replace(HASHED_NAME, '$1<name>');
}

/** Replaces by symbols with numbers, counted from the first appearance on: equal values stay equal, different ones different. */
export class Renamer {
  readonly #symbols = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  rename(text: string): string {
    let renamed = text;
    for (const [symbol, pattern] of VOLATILE)
      renamed = renamed.replace(pattern, (value) => (symbol === 'time' ? '<time>' : this.symbolOf(symbol, value)));
    return renamed.replace(HASHED_NAME, (_all, dash: string, value: string) => dash + this.symbolOf('name', value));
  }

  /** The symbol of one value of a kind. */
  symbolOf(kind: string, value: string): string {
    const known = this.#symbols.get(`${kind} ${value}`);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const symbol = `<${kind} ${String(count)}>`;
    this.#symbols.set(`${kind} ${value}`, symbol);
    return symbol;
  }
}

/** Writes aliases into a text, the longest first. */
export function withAliases(text: string, aliases: readonly Alias[]): string {
  return aliases
    .toSorted((left, right) => right.text.length - left.text.length)
    .reduce((result, alias) => result.replaceAll(alias.text, alias.as), text);
}

/** JSON with the keys in order, so that equal objects give equal texts. */
export function canonical(value: unknown, indent?: number): string {
  const sorted = (_key: string, inner: unknown): unknown =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner;
  return JSON.stringify(value, sorted, indent);
}
