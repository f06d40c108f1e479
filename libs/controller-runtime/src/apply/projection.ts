type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Fields that name an element of the API's list-maps, in the order they are tried. */
const elementKeys = [
  'name',
  'type',
  'uid',
  'ip',
  'containerPort',
  'port',
  'key',
  'mountPath',
  'devicePath',
  'topologyKey',
];

/**
 * The part of `live` that `desired` speaks of: the same shape, with the live values. Elements of lists are matched by their key where
 * they have one, else by their place, so what others add beside ours does not show; a list without a key that has more or fewer elements is taken
 * whole.
 */
export function project(desired: unknown, live: unknown): Json | undefined {
  if (Array.isArray(desired)) return projectList(desired, live);
  if (isRecord(desired)) {
    if (!isRecord(live)) return live as Json | undefined;
    const part: [string, Json][] = [];
    for (const [key, value] of Object.entries(desired)) {
      // Own fields only, here and in the result: `constructor` and `__proto__` are ordinary keys of a ConfigMap.
      const projected = value === undefined || !Object.hasOwn(live, key) ? undefined : project(value, live[key]);
      if (projected !== undefined) part.push([key, projected]);
    }
    return Object.fromEntries(part);
  }
  return live as Json | undefined;
}

function projectList(desired: unknown[], live: unknown): Json | undefined {
  if (!Array.isArray(live)) return live as Json | undefined;
  const key = listKey(desired, live);
  if (key === undefined && desired.length !== live.length) return live as Json[];
  if (key === undefined) return desired.map((element, index) => project(element, live[index]) ?? null);
  const byKey = elementsBy(key, live);
  return desired.map((element) => project(element, byKey.get((element as Record<string, unknown>)[key])) ?? null);
}

/** The field by which the elements of all these lists can be told apart; undefined if there is none. */
export function listKey(...lists: unknown[][]): string | undefined {
  return elementKeys.find((candidate) => lists.every((list) => isKey(candidate, list)));
}

/** The elements of a list by the value of their key. */
export function elementsBy(key: string, list: unknown[]): Map<unknown, unknown> {
  return new Map(list.map((element) => [(element as Record<string, unknown>)[key], element]));
}

/** True if every element has this field and no two have the same value of it. */
function isKey(key: string, list: unknown[]): boolean {
  const values = new Set<unknown>();
  for (const element of list) {
    if (!isRecord(element) || element[key] === undefined) return false;
    values.add(element[key]);
  }
  return values.size === list.length && list.length > 0;
}

/** A JSON object, as opposed to a list or a plain value. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
