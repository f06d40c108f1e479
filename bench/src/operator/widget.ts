import {
  defineResource,
  type Applied,
  type CustomResourceDefinition,
  type KubeObject,
} from '@tagservice/controller-runtime';

/** The custom kind of the benchmark; `bench/go/operator/widget.go` declares the same. */
export type Widget = KubeObject & {
  spec: { message: string; replicas: number; port: number };
  status?: { observedGeneration?: number; hash?: string };
};

const group = 'bench.tagservice.dev';

export const Widgets = defineResource<Widget>({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
});

const integer = { type: 'integer', format: 'int32', minimum: 0 };

/** The definition of the kind, with a status subresource. */
export const widgetDefinition = {
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['message', 'replicas', 'port'],
                properties: { message: { type: 'string' }, replicas: integer, port: integer },
              },
              status: {
                type: 'object',
                properties: { observedGeneration: { type: 'integer', format: 'int64' }, hash: { type: 'string' } },
              },
            },
          },
        },
      },
    ],
  },
} as unknown as Applied<CustomResourceDefinition>;
