import type { Dispatcher } from 'undici';

/**
 * A dispatcher that calls `ask` in the moment in which a request gets its connection, right before its bytes are written; what that
 * throws ends the request, the connection stays. What was true when the request was made may have changed while it waited.
 */
export function askingBeforeWriting(dispatcher: Dispatcher, ask: () => void): Dispatcher {
  return overriding(
    dispatcher,
    'dispatch',
    (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) =>
      dispatcher.dispatch(
        options,
        overriding(handler, 'onRequestStart', (...start: RequestStart) => {
          ask();
          handler.onRequestStart?.(...start);
        }),
      ),
  );
}

type RequestStart = Parameters<NonNullable<Dispatcher.DispatchHandler['onRequestStart']>>;

/** The same object except for one method. Others run on the object itself, which keeps its state there. */
function overriding<T extends object, K extends keyof T>(original: T, name: K, method: T[K]): T {
  return new Proxy(original, {
    get: (target, key): unknown => {
      if (key === name) return method;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
