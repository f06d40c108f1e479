import {
  ConfigMap,
  Deployment,
  Service,
  type Applied,
  type KubeObject,
  type Reconcile,
  type Resource,
  type Store,
} from '@tagservice/controller-runtime';
import { childrenOf } from './widget-children.ts';
import { Widgets, type Widget } from './widget.ts';

type WriteOptions = { fieldManager: string; signal: AbortSignal };

/** What writes: the client, which always sends, or the applier, which sends what is needed. */
export interface WidgetWriter {
  apply<T extends KubeObject>(resource: Resource<T>, desired: Applied<T>, options: WriteOptions): Promise<unknown>;
  applyStatus<T extends KubeObject>(
    resource: Resource<T>,
    desired: Applied<T>,
    options: WriteOptions,
  ): Promise<unknown>;
}

/** Reconciles since the start, as both operators report them. */
export interface Tally {
  reconciles: number;
  failures: number;
}

/** Makes a ConfigMap, a Service and a Deployment of a widget and reports it, as `bench/go/operator/reconcile.go` does. */
export function widgetReconciler(parts: { widgets: Store<Widget>; writer: WidgetWriter; tally: Tally }): Reconcile {
  const { widgets, writer, tally } = parts;
  return async (key, { signal }) => {
    const widget = widgets.get(key);
    if (widget === undefined) return;
    const options = { fieldManager: 'widget-operator', signal };
    const { configMap, service, deployment, status } = childrenOf(widget);
    try {
      await writer.apply(ConfigMap, configMap, options);
      await writer.apply(Service, service, options);
      await writer.apply(Deployment, deployment, options);
      await writer.applyStatus(Widgets, status, options);
    } catch (error) {
      tally.failures += 1;
      throw error;
    }
    tally.reconciles += 1;
  };
}
