export { customResourceDefinition, PRINTER_COLUMNS, type SchemaNode } from './definition.ts';
export { DURATION_PATTERN, formatDuration, InvalidDurationError, parseDuration } from './duration.ts';
export { formatBytes, InvalidQuantityError, parseQuantity, QUANTITY_PATTERN } from './quantity.ts';
export { referencePage } from './reference.ts';
export { NAME_LIMIT } from './rules.ts';
export { CONDITION_TYPES } from './schema/status.schema.ts';
export {
  acknowledgingReplicas,
  API_VERSION,
  FREEZES,
  GROUP,
  KIND,
  parseSpec,
  PLURAL,
  VERSION,
  type Freeze,
  type ParsedSpec,
  type PlannedChange,
  type PodSettings,
  type TagService,
  type TagServiceCondition,
  type TagServiceMetadata,
  type TagServiceSpec,
  type TagServiceSpecInput,
  type TagServiceStatus,
  type TopicSettings,
} from './tag-service.ts';
export { chartTemplate, crdYaml } from './yaml.ts';
