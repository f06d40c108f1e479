import { parseDuration } from './duration.ts';

/**
 * One rule that the API server checks. `name` ties it to its accept and reject samples; `message` is a CEL expression, so that
 * a refusal can name the field, the value found and what to write instead.
 */
export type CelRule = {
  readonly name: string;
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
};

type CelValidation = { rule: string; messageExpression: string; fieldPath?: string; reason: 'FieldValueInvalid' };

/** The form the CRD wants. */
export function cel({ rule, message, fieldPath }: CelRule): CelValidation {
  return {
    rule,
    messageExpression: message,
    ...(fieldPath !== undefined && { fieldPath }),
    reason: 'FieldValueInvalid',
  };
}

/** Seconds of a duration field. CEL knows no days, so "7d" is counted here. */
const celSeconds = (value: string): string =>
  `(${value}.endsWith('d') ? int(${value}.substring(0, ${value}.size() - 1)) * 86400 : duration(${value}).getSeconds())`;

const DAY_MS = 86_400_000;
const celLiteral = (text: string): string => `duration('${parseDuration(text)}ms')`;

/**
 * A message with values in the places of `%s` and `%d`. The API server bounds the cost of a message beforehand: it takes a text made by
 * `string(n)` for endless, but not one made by `format`.
 */
export function say(template: string, ...values: readonly string[]): string {
  return `'${template}'.format([${values.join(', ')}])`;
}

/** A duration field must lie between two bounds. */
export function durationBetween(field: string, min: string, max: string): CelRule & { min: string; max: string } {
  const days = `int(self.substring(0, self.size() - 1))`;
  const [least, most] = [Math.ceil(parseDuration(min) / DAY_MS), Math.floor(parseDuration(max) / DAY_MS)];
  return {
    name: `${field} range`,
    rule: `self.endsWith('d') ? ${days} >= ${least} && ${days} <= ${most} : duration(self) >= ${celLiteral(min)} && duration(self) <= ${celLiteral(max)}`,
    message: say(`${field} is %s: write a duration from ${min} to ${max}`, 'self'),
    min,
    max,
  };
}

/** A size field must lie between two bounds. */
export function sizeBetween(field: string, min: string, max: string): CelRule & { min: string; max: string } {
  return {
    name: `${field} range`,
    rule: `quantity(self).compareTo(quantity('${min}')) >= 0 && quantity(self).compareTo(quantity('${max}')) <= 0`,
    message: say(`${field} is %s: write a size from ${min} to ${max}`, 'self'),
    min,
    max,
  };
}

/** The longest name whose children (`<name>-redis-primary`, StatefulSet pods and their revision label) still fit 63 characters. */
export const NAME_LIMIT = 40;

export const nameFits: CelRule = {
  name: 'name fits its children',
  rule: `self.metadata.name.size() <= ${NAME_LIMIT} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
  message: say(
    `metadata.name is %s (%d characters): use at most ${NAME_LIMIT} characters, a to z, 0 to 9 and "-", starting with a letter, so that the names of its Services are valid`,
    'self.metadata.name',
    'self.metadata.name.size()',
  ),
};

export const freshBeforeStale: CelRule = {
  name: 'stale answers outlive fresh ones',
  rule: `${celSeconds('self.serveStaleFor')} >= ${celSeconds('self.freshFor')}`,
  message: say(
    'api.cache.serveStaleFor is %s, less than api.cache.freshFor %s: raise serveStaleFor or lower freshFor',
    'self.serveStaleFor',
    'self.freshFor',
  ),
  fieldPath: '.serveStaleFor',
};

const orDefault = (owner: string, field: string): string =>
  `has(${owner}.${field}) ? ${owner}.${field} : 'its default'`;

export const topicPrefixFixed: CelRule = {
  name: 'topicPrefix is immutable',
  rule: 'has(self.topicPrefix) == has(oldSelf.topicPrefix) && (!has(self.topicPrefix) || self.topicPrefix == oldSelf.topicPrefix)',
  message: say(
    'kafka.topicPrefix cannot change from %s to %s, because accepted work would stay behind in the old topics: restore it, or create a new TagService',
    orDefault('oldSelf', 'topicPrefix'),
    orDefault('self', 'topicPrefix'),
  ),
  fieldPath: '.topicPrefix',
};

/** The two rules of each topic. */
export function topicRules(topic: string): readonly CelRule[] {
  const field = `kafka.${topic}`;
  return [
    {
      name: `${topic} partitions never shrink`,
      rule: 'self.partitions >= oldSelf.partitions',
      message: say(
        `${field}.partitions cannot shrink from %d to %d, because Kafka cannot remove partitions: keep at least %d`,
        'oldSelf.partitions',
        'self.partitions',
        'oldSelf.partitions',
      ),
      fieldPath: '.partitions',
    },
    {
      name: `${topic} in-sync replicas exist`,
      rule: 'self.minInSyncReplicas <= self.replicationFactor',
      message: say(
        `${field}.minInSyncReplicas is %d, more than ${field}.replicationFactor %d: no write could ever succeed; lower minInSyncReplicas or raise replicationFactor`,
        'self.minInSyncReplicas',
        'self.replicationFactor',
      ),
      fieldPath: '.minInSyncReplicas',
    },
  ];
}

export const acknowledgingFewerThanReplicas: CelRule = {
  name: 'acknowledging replicas exist',
  rule: '!has(self.durability.acknowledgingReplicas) || self.durability.acknowledgingReplicas < self.replicas',
  message: say(
    'redis.durability.acknowledgingReplicas is %d, but redis.replicas %d leaves only %d beside the primary: lower it or raise redis.replicas',
    'self.durability.acknowledgingReplicas',
    'self.replicas',
    'self.replicas - 1',
  ),
  fieldPath: '.durability.acknowledgingReplicas',
};

export const storageFixed: CelRule = {
  name: 'redis storage is immutable',
  rule: 'self.size == oldSelf.size && has(self.className) == has(oldSelf.className) && (!has(self.className) || self.className == oldSelf.className)',
  message: say(
    'redis.storage cannot change (size %s to %s, className %s to %s), because a StatefulSet cannot alter its volume claims: restore it, or resize the claims themselves',
    'oldSelf.size',
    'self.size',
    orDefault('oldSelf', 'className'),
    orDefault('self', 'className'),
  ),
  fieldPath: '.size',
};

/** The bounds of a scaled component must be in order. */
export function minBelowMax(component: string): CelRule {
  const field = `scaling.${component}`;
  return {
    name: `${field} bounds are in order`,
    rule: 'self.min <= self.max',
    message: say(`${field}.min is %d, more than ${field}.max %d: lower min or raise max`, 'self.min', 'self.max'),
    fieldPath: '.min',
  };
}

/** What the operator has recorded stays as it was recorded. */
export function specFixed(kind: string): CelRule {
  return {
    name: `${kind} spec is immutable`,
    rule: 'self == oldSelf',
    message: say(`the spec of a ${kind} is a record and cannot change: delete the object instead`),
  };
}

/** A variable has one source. */
export function valueOrReference(component: string): CelRule {
  return {
    name: `${component} variables have one source`,
    rule: 'has(self.value) != has(self.valueFrom)',
    message: say(`${component}.pod.env %s has both or none of value and valueFrom: write exactly one`, 'self.name'),
  };
}

/** A reference names one object. */
export function oneReference(component: string): CelRule {
  return {
    name: `${component} references name one object`,
    rule: 'has(self.secretKeyRef) != has(self.configMapKeyRef)',
    message: say(
      `${component}.pod.env valueFrom has both or none of secretKeyRef and configMapKeyRef: write exactly one`,
    ),
  };
}

export const networkIsCidr: CelRule = {
  name: 'allowed networks are networks',
  rule: 'isCIDR(self)',
  message: say(
    'compute.fetch.allowedNetworks has %s, which is no network: write one like 10.96.0.0/12 or fd00::/8',
    'self',
  ),
};

export const endpointIsUrl: CelRule = {
  name: 'otlpEndpoint is an address',
  rule: "isURL(self) && url(self).getHostname() != ''",
  message: say(
    'observability.tracing.otlpEndpoint is %s, which is no address: write one like http://collector.observability:4318',
    'self',
  ),
};

/** What the API server would refuse in a pod, refused here with the field that a user writes. */
export function tolerationRules(component: string): readonly CelRule[] {
  const field = `${component}.pod.tolerations`;
  return [
    {
      name: `${field} Exists has no value`,
      rule: "self.operator != 'Exists' || self.value == ''",
      message: say(
        `${field}: operator Exists ignores values, but value is %s: leave value out, or write operator Equal`,
        'self.value',
      ),
      fieldPath: '.value',
    },
    {
      name: `${field} Equal has a key`,
      rule: "self.operator != 'Equal' || self.key != ''",
      message: say(
        `${field}: operator %s needs a key: write key, or operator Exists to accept every taint`,
        'self.operator',
      ),
      fieldPath: '.key',
    },
    {
      name: `${field} seconds go with NoExecute`,
      rule: "!has(self.tolerationSeconds) || self.effect == 'NoExecute'",
      message: say(
        `${field}: tolerationSeconds %d counts only for effect NoExecute: write that effect, or leave tolerationSeconds out`,
        'self.tolerationSeconds',
      ),
      fieldPath: '.tolerationSeconds',
    },
  ];
}

export function requestsWithinLimits(component: string): CelRule {
  return {
    name: `${component} requests fit their limits`,
    rule: '!has(self.requests) || !has(self.limits) || self.requests.all(name, !(name in self.limits) || quantity(string(self.requests[name])).compareTo(quantity(string(self.limits[name]))) <= 0)',
    message: say(`${component}.pod.resources has a request above its limit: lower the request or raise the limit`),
    fieldPath: '.requests',
  };
}

export function nodeSelectorRule(component: string): CelRule {
  return {
    name: `${component} nodeSelector holds labels`,
    rule: 'self.all(key, !format.qualifiedName().validate(key).hasValue() && !format.labelValue().validate(self[key]).hasValue())',
    message: say(
      `${component}.pod.nodeSelector has a key or value that no label can have: write labels as nodes carry them`,
    ),
  };
}
