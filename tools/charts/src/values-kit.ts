/**
 * The values of a chart, written once: values.yaml, values.schema.json and the table of the README all come from this. Every value has a
 * description and a default, and an object takes no key that is not declared, so that a typing error is refused with its name.
 */
export type ValueSchema = {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly required?: readonly string[];
  readonly items?: ValueSchema;
  readonly additionalProperties?: ValueSchema | boolean;
  readonly [keyword: string]: unknown;
};

/** The object that a chart's values are; `global` is there because Helm hands it to every chart. */
export function values(properties: Readonly<Record<string, ValueSchema>>): ValueSchema {
  const global: ValueSchema = { type: 'object', description: 'Given by Helm to every chart; not read.' };
  return { type: 'object', additionalProperties: false, properties: { ...properties, global } };
}

export function section(description: string, properties: Readonly<Record<string, ValueSchema>>): ValueSchema {
  return { type: 'object', description, additionalProperties: false, properties };
}

export function flag(description: string, initial: boolean): ValueSchema {
  return { type: 'boolean', description, default: initial };
}

export function text(
  description: string,
  initial: string,
  more: { pattern?: string; maxLength?: number } = {},
): ValueSchema {
  return { type: 'string', description, default: initial, maxLength: 512, ...more };
}

export function choice(description: string, initial: string, words: readonly string[]): ValueSchema {
  return { type: 'string', description, default: initial, enum: words };
}

export function whole(description: string, initial: number, bounds: { minimum: number; maximum: number }): ValueSchema {
  return { type: 'integer', description, default: initial, ...bounds };
}

/** A list of texts. */
export function texts(description: string, initial: readonly string[], item: { pattern?: string } = {}): ValueSchema {
  return { type: 'array', description, default: initial, items: { type: 'string', minLength: 1, ...item } };
}

/** A map of texts, such as labels. */
export function textMap(description: string, initial: Readonly<Record<string, string>> = {}): ValueSchema {
  return { type: 'object', description, default: initial, additionalProperties: { type: 'string' } };
}

/** A part of a pod that Kubernetes itself checks, such as an affinity. */
export function kubernetesObject(description: string, initial: Readonly<Record<string, unknown>> = {}): ValueSchema {
  return { type: 'object', description, default: initial };
}

/** A list of such parts, such as tolerations. */
export function kubernetesList(description: string, initial: readonly unknown[] = []): ValueSchema {
  return { type: 'array', description, default: initial, items: { type: 'object' } };
}

/** What a container asks for and what it may use at most. */
export function resources(
  description: string,
  initial: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ValueSchema {
  const amounts: ValueSchema = {
    type: 'object',
    additionalProperties: { type: ['string', 'integer'], pattern: '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$' },
  };
  return {
    type: 'object',
    description,
    default: initial,
    additionalProperties: false,
    properties: { requests: amounts, limits: amounts },
  };
}

/** Whether a schema is a group of values of ours, and not one value. */
export function isSection(schema: ValueSchema): boolean {
  return schema.default === undefined && schema.properties !== undefined;
}
