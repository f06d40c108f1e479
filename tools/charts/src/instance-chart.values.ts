import { customResourceDefinition } from '@tagservice/crd';
import {
  flag,
  kubernetesObject,
  resources,
  section,
  text,
  texts,
  values,
  whole,
  type ValueSchema,
} from './values-kit.ts';

const cidr = '^[0-9a-fA-F:.]+/[0-9]{1,3}$';
const quantity = '^[0-9]{1,15}(Ki|Mi|Gi|Ti)$';

/** Keywords of the resource's schema that mean something to Helm's validation, too. */
// prettier-ignore
const kept = new Set([
  'type', 'description', 'properties', 'required', 'items', 'additionalProperties', 'anyOf', 'enum', 'pattern',
  'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'maxProperties',
]);

/** The spec of the resource as a schema of values: nothing is required, because the chart can fill in the broker. */
function specValue(): ValueSchema {
  const version = customResourceDefinition().spec.versions[0];
  const {
    required: _required,
    properties,
    ...spec
  } = strict(version?.schema.openAPIV3Schema.properties?.['spec'] ?? {});
  const { required: _brokers, ...kafka } = properties?.['kafka'] ?? {};
  return {
    ...spec,
    properties: { ...properties, kafka },
    description:
      'The spec of the TagService: docs/reference/tagservice.md. `kafka.brokers` is required, unless the Kafka of this chart is on.',
    default: {},
  };
}

/** Objects with declared fields take no others; the API server would drop those without a word. */
function strict(schema: ValueSchema): ValueSchema {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return {
      type: ['integer', 'string'],
      ...(schema.description !== undefined && { description: schema.description }),
    };
  }
  const entries = Object.entries(schema).filter(([keyword]) => kept.has(keyword));
  const node: Record<string, unknown> = Object.fromEntries(entries);
  if (schema.properties !== undefined) {
    node['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([name, child]) => [name, strict(child)]),
    );
    node['additionalProperties'] = false;
  } else if (typeof schema.additionalProperties === 'object')
    node['additionalProperties'] = strict(schema.additionalProperties);
  if (schema.items !== undefined) node['items'] = strict(schema.items);
  return node;
}

export const instanceChartValues = values({
  name: text('Name of the TagService. Empty: the name of the release.', '', {
    pattern: '^([a-z]([-a-z0-9]{0,38}[a-z0-9])?)?$',
    maxLength: 40,
  }),
  spec: specValue(),
  kafka: section(
    'A Kafka of one broker for development. It has no second copy of anything: use your own Kafka for what matters.',
    {
      enabled: flag(
        'Make it, use it as the broker of this TagService, and lower the replication of its topics to 1.',
        false,
      ),
      image: text('Image; takes its settings from KAFKA_* variables.', 'apache/kafka:4.1.0'),
      heap: text('Size of the heap of the broker.', '384m', { pattern: '^[0-9]+[mg]$' }),
      storage: section('The volume of the broker.', {
        size: text('Size.', '2Gi', { pattern: quantity }),
        className: text('StorageClass. Empty: the default of the cluster.', '', { maxLength: 253 }),
      }),
      resources: resources('Compute resources of the broker.', {
        requests: { cpu: '100m', memory: '768Mi' },
        limits: { memory: '1Gi' },
      }),
    },
  ),
  sampleSite: section('A small web site with pages about different subjects, to try the service without internet.', {
    enabled: flag('Make it, and let the workers fetch from the networks below.', false),
    image: text('Image.', 'tagservice/sample-site:0.1.0'),
    replicas: whole('Pods.', 1, { minimum: 1, maximum: 10 }),
    networks: texts(
      'Networks of the Services and of the pods of the cluster. Workers refuse private addresses otherwise; only set while trying out.',
      ['10.96.0.0/16', '10.244.0.0/16'],
      { pattern: cidr },
    ),
    resources: resources('Compute resources of a pod.', {
      requests: { cpu: '10m', memory: '48Mi' },
      limits: { memory: '128Mi' },
    }),
  }),
  annotations: kubernetesObject('Annotations of the TagService.'),
});
