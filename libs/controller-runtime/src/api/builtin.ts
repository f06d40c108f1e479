import type * as generated from '@kubernetes/client-node';
import type { KubeObject, Wire } from './object.ts';
import { defineResource } from './resource.ts';

/** A generated type with the metadata that every object read from the server has. */
type BuiltIn<T> = KubeObject & Omit<Wire<T>, keyof KubeObject>;

/** apps/v1 Deployment. */
export type Deployment = BuiltIn<generated.V1Deployment>;
/** apps/v1 StatefulSet. */
export type StatefulSet = BuiltIn<generated.V1StatefulSet>;
/** apps/v1 ReplicaSet. */
export type ReplicaSet = BuiltIn<generated.V1ReplicaSet>;
/** v1 Service. */
export type Service = BuiltIn<generated.V1Service>;
/** v1 Secret; `data` values are base64. */
export type Secret = BuiltIn<generated.V1Secret>;
/** v1 ServiceAccount. */
export type ServiceAccount = BuiltIn<generated.V1ServiceAccount>;
/** v1 ConfigMap. */
export type ConfigMap = BuiltIn<generated.V1ConfigMap>;
/** v1 Pod. */
export type Pod = BuiltIn<generated.V1Pod>;
/** v1 PersistentVolumeClaim. */
export type PersistentVolumeClaim = BuiltIn<generated.V1PersistentVolumeClaim>;
/** v1 Namespace. */
export type Namespace = BuiltIn<generated.V1Namespace>;
/** v1 Node. */
export type Node = BuiltIn<generated.V1Node>;
/** autoscaling/v2 HorizontalPodAutoscaler. */
export type HorizontalPodAutoscaler = BuiltIn<generated.V2HorizontalPodAutoscaler>;
/** policy/v1 PodDisruptionBudget. */
export type PodDisruptionBudget = BuiltIn<generated.V1PodDisruptionBudget>;
/** discovery.k8s.io/v1 EndpointSlice. */
export type EndpointSlice = BuiltIn<generated.V1EndpointSlice>;
/** coordination.k8s.io/v1 Lease. */
export type Lease = BuiltIn<generated.V1Lease>;
/** events.k8s.io/v1 Event. */
export type Event = BuiltIn<generated.EventsV1Event>;
/** apiregistration.k8s.io/v1 APIService. */
export type APIService = BuiltIn<generated.V1APIService>;
/** networking.k8s.io/v1 NetworkPolicy. */
export type NetworkPolicy = BuiltIn<generated.V1NetworkPolicy>;
/** apiextensions.k8s.io/v1 CustomResourceDefinition. */
export type CustomResourceDefinition = BuiltIn<generated.V1CustomResourceDefinition>;

const namespaced = <T extends KubeObject>(apiVersion: string, kind: string, plural: string) =>
  defineResource<T>({ apiVersion, kind, plural, namespaced: true });
const clusterWide = <T extends KubeObject>(apiVersion: string, kind: string, plural: string) =>
  defineResource<T>({ apiVersion, kind, plural, namespaced: false });

/** The built-in kinds an operator works with. Each is a {@link Resource}: pass it to the client, the cache or a controller. */
export const Deployment = namespaced<Deployment>('apps/v1', 'Deployment', 'deployments');
export const StatefulSet = namespaced<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets');
export const ReplicaSet = namespaced<ReplicaSet>('apps/v1', 'ReplicaSet', 'replicasets');
export const Service = namespaced<Service>('v1', 'Service', 'services');
export const Secret = namespaced<Secret>('v1', 'Secret', 'secrets');
export const ServiceAccount = namespaced<ServiceAccount>('v1', 'ServiceAccount', 'serviceaccounts');
export const ConfigMap = namespaced<ConfigMap>('v1', 'ConfigMap', 'configmaps');
export const Pod = namespaced<Pod>('v1', 'Pod', 'pods');
export const PersistentVolumeClaim = namespaced<PersistentVolumeClaim>(
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
);
export const Namespace = clusterWide<Namespace>('v1', 'Namespace', 'namespaces');
export const Node = clusterWide<Node>('v1', 'Node', 'nodes');
export const HorizontalPodAutoscaler = namespaced<HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
);
export const PodDisruptionBudget = namespaced<PodDisruptionBudget>(
  'policy/v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
);
export const EndpointSlice = namespaced<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices');
export const Lease = namespaced<Lease>('coordination.k8s.io/v1', 'Lease', 'leases');
export const Event = namespaced<Event>('events.k8s.io/v1', 'Event', 'events');
export const APIService = clusterWide<APIService>('apiregistration.k8s.io/v1', 'APIService', 'apiservices');
export const NetworkPolicy = namespaced<NetworkPolicy>('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies');
export const CustomResourceDefinition = clusterWide<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
);
