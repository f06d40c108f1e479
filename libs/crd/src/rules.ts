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

/** CEL knows no days: "7d" is read as 168h. */
const celDuration = (value: string): string =>
  `(${value}.endsWith('d') ? duration(string(int(${value}.substring(0, ${value}.size() - 1)) * 24) + 'h') : duration(${value}))`;

/** A duration field must lie between two bounds. */
export function durationBetween(field: string, min: string, max: string): CelRule & { min: string; max: string } {
  return {
    name: `${field} range`,
    rule: `${celDuration('self')} >= ${celLiteral(min)} && ${celDuration('self')} <= ${celLiteral(max)}`,
    message: `'${field} is ' + self + ': write a duration from ${min} to ${max}'`,
    min,
    max,
  };
}

const celLiteral = (text: string): string =>
  `duration('${text.endsWith('d') ? `${Number(text.slice(0, -1)) * 24}h` : text}')`;

/** A size field must lie between two bounds. */
export function sizeBetween(field: string, min: string, max: string): CelRule & { min: string; max: string } {
  return {
    name: `${field} range`,
    rule: `quantity(self).compareTo(quantity('${min}')) >= 0 && quantity(self).compareTo(quantity('${max}')) <= 0`,
    message: `'${field} is ' + self + ': write a size from ${min} to ${max}'`,
    min,
    max,
  };
}

/** The longest name whose children (`<name>-redis-primary`, StatefulSet pods and their revision label) still fit 63 characters. */
export const NAME_LIMIT = 40;

export const nameFits: CelRule = {
  name: 'name fits its children',
  rule: `self.metadata.name.size() <= ${NAME_LIMIT} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
  message: `'metadata.name is ' + self.metadata.name + ' (' + string(self.metadata.name.size()) + ' characters): use at most ${NAME_LIMIT} characters, a to z, 0 to 9 and "-", starting with a letter, so that the names of its Services are valid'`,
};

export const freshBeforeStale: CelRule = {
  name: 'stale answers outlive fresh ones',
  rule: `${celDuration('self.serveStaleFor')} >= ${celDuration('self.freshFor')}`,
  message:
    "'api.cache.serveStaleFor is ' + self.serveStaleFor + ', less than api.cache.freshFor ' + self.freshFor + ': raise serveStaleFor or lower freshFor'",
  fieldPath: '.serveStaleFor',
};

export const topicPrefixFixed: CelRule = {
  name: 'topicPrefix is immutable',
  rule: 'has(self.topicPrefix) == has(oldSelf.topicPrefix) && (!has(self.topicPrefix) || self.topicPrefix == oldSelf.topicPrefix)',
  message:
    "'kafka.topicPrefix cannot change from ' + (has(oldSelf.topicPrefix) ? oldSelf.topicPrefix : 'its default') + ' to ' + (has(self.topicPrefix) ? self.topicPrefix : 'its default') + ', because accepted work would stay behind in the old topics: restore it, or create a new TagService'",
  fieldPath: '.topicPrefix',
};

/** The two rules of each topic. */
export function topicRules(topic: string): readonly CelRule[] {
  return [
    {
      name: `${topic} partitions never shrink`,
      rule: 'self.partitions >= oldSelf.partitions',
      message: `'kafka.${topic}.partitions cannot shrink from ' + string(oldSelf.partitions) + ' to ' + string(self.partitions) + ', because Kafka cannot remove partitions: keep at least ' + string(oldSelf.partitions)`,
      fieldPath: '.partitions',
    },
    {
      name: `${topic} in-sync replicas exist`,
      rule: 'self.minInSyncReplicas <= self.replicationFactor',
      message: `'kafka.${topic}.minInSyncReplicas is ' + string(self.minInSyncReplicas) + ', more than kafka.${topic}.replicationFactor ' + string(self.replicationFactor) + ': no write could ever succeed; lower minInSyncReplicas or raise replicationFactor'`,
      fieldPath: '.minInSyncReplicas',
    },
  ];
}

export const acknowledgingFewerThanReplicas: CelRule = {
  name: 'acknowledging replicas exist',
  rule: '!has(self.durability.acknowledgingReplicas) || self.durability.acknowledgingReplicas < self.replicas',
  message:
    "'redis.durability.acknowledgingReplicas is ' + string(self.durability.acknowledgingReplicas) + ', but redis.replicas ' + string(self.replicas) + ' leaves only ' + string(self.replicas - 1) + ' beside the primary: lower it or raise redis.replicas'",
  fieldPath: '.durability.acknowledgingReplicas',
};

export const storageFixed: CelRule = {
  name: 'redis storage is immutable',
  rule: 'self.size == oldSelf.size && has(self.className) == has(oldSelf.className) && (!has(self.className) || self.className == oldSelf.className)',
  message:
    "'redis.storage cannot change (size ' + oldSelf.size + ' to ' + self.size + ', className ' + (has(oldSelf.className) ? oldSelf.className : 'default') + ' to ' + (has(self.className) ? self.className : 'default') + '), because a StatefulSet cannot alter its volume claims: restore it, or resize the claims themselves'",
  fieldPath: '.size',
};

/** The bounds of a scaled component must be in order. */
export function minBelowMax(component: string): CelRule {
  return {
    name: `scaling.${component} bounds are in order`,
    rule: 'self.min <= self.max',
    message: `'scaling.${component}.min is ' + string(self.min) + ', more than scaling.${component}.max ' + string(self.max) + ': lower min or raise max'`,
    fieldPath: '.min',
  };
}
