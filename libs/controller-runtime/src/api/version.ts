/**
 * Orders two resourceVersions of one API server as integers, which Kubernetes guarantees for its own kinds and custom ones (compared by
 * length first, so that no digit is lost in a double). Negative: `one` is older. A version that is no integer (some aggregated APIs)
 * cannot be ordered and counts as newer, so nothing is ever withheld because of it.
 */
export function compareVersions(one: string, other: string): number {
  if (one === other) return 0;
  if (!isInteger(one) || !isInteger(other)) return 1;
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : 1;
}

function isInteger(version: string): boolean {
  return /^(0|[1-9]\d*)$/.test(version);
}
