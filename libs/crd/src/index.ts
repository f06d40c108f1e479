export {
  annotatedSchemas,
  customResourceDefinition,
  customResourceDefinitions,
  PRINTER_COLUMNS,
  type SchemaNode,
} from './definition.ts';
export { DURATION_PATTERN, formatDuration, InvalidDurationError, parseDuration } from './duration.ts';
export {
  OPERATION,
  REVISION,
  type OperationSpec,
  type OperationStatus,
  type OperationStep,
  type OperationStepName,
  type RevisionInput,
  type RevisionRole,
  type RevisionSpec,
  type RevisionStatus,
} from './owned-kinds.ts';
export { formatBytes, InvalidQuantityError, parseQuantity, QUANTITY_PATTERN } from './quantity.ts';
export { referencePages } from './reference.ts';
export { NAME_LIMIT } from './rules.ts';
export { TEMPLATE_LIMIT } from './schema/revision.schema.ts';
export { SCHEMA_HASH_ANNOTATION, schemaHash } from './schema-hash.ts';
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
export { chartTemplate, crdManifests } from './yaml.ts';
