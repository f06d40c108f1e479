/** Names of groups are few; of more than so many the oldest go. */
const mostGroups = 256;

/**
 * Keeps what equals once: parts of an object that are equal to those of the last object of its group become the very same values in memory.
 * Objects that one program writes for many owners are alike in most of their parts, down to the text of their fields. Only for objects that
 * nobody changes.
 */
export class EqualParts {
  readonly #models = new Map<string, object>();

  /** The same content; changes its argument. */
  share<T extends object>(group: string, object: T): T {
    const model = this.#models.get(group);
    if (model !== undefined) shared(object, model);
    this.#models.delete(group);
    this.#models.set(group, object);
    for (const oldest of this.#models.keys()) if (this.#models.size > mostGroups) this.#models.delete(oldest);
    return object;
  }
}

type Parts = Record<string, unknown>;

/** The model where both are equal; else the value, with the model's parts in place of those that equal them. */
function shared(value: unknown, model: unknown): unknown {
  // Texts that are equal are the same to the language, but not in memory.
  if (value === model) return model;
  if (!isParts(value) || !isParts(model) || Array.isArray(value) !== Array.isArray(model)) return value;
  const names = Object.keys(value);
  let isEqual = names.length === Object.keys(model).length;
  for (const name of names) {
    const part = Object.hasOwn(model, name) ? shared(value[name], model[name]) : value[name];
    if (!Object.hasOwn(model, name) || part !== model[name]) isEqual = false;
    value[name] = part;
  }
  return isEqual ? model : value;
}

const isParts = (value: unknown): value is Parts => typeof value === 'object' && value !== null;
