/** One place where a state is not as the reference. */
export type Difference = { readonly path: string; readonly wanted: unknown; readonly found: unknown };

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The places where two JSON values differ, at most `limit` of them, the outermost first. */
export function differences(wanted: unknown, found: unknown, limit = 40): Difference[] {
  const list: Difference[] = [];
  const compare = (path: string, left: unknown, right: unknown): void => {
    if (list.length >= limit || Object.is(left, right)) return;
    if (!isObject(left) || !isObject(right)) {
      list.push({ path, wanted: left, found: right });
      return;
    }
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
      compare(path === '' ? key : `${path}.${key}`, left[key], right[key]);
  };
  compare('', wanted, found);
  return list;
}

/** A difference on one line. */
export function differenceLine({ path, wanted, found }: Difference): string {
  return `${path}: wanted ${brief(wanted)}, found ${brief(found)}`;
}

function brief(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= 160 ? text : `${text.slice(0, 160)}…`;
}
