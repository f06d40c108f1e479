import type { KubeObject } from '../api/object.ts';

/** An event for people: what was done to, or found about, an object. */
export interface EventNote {
  type: 'Normal' | 'Warning';
  /** CamelCase, at most 128 characters: why. */
  reason: string;
  /** CamelCase, at most 128 characters: what was done. Default: the reason. */
  action?: string;
  /** One sentence; cut at 1,024 bytes. */
  note: string;
  /** The secondary object, for example the pod that was made for the regarding service. */
  related?: KubeObject;
}

/**
 * Writes events.k8s.io/v1 Events in the background. Repeats of one event (same object, type, reason, action, note) become its series.
 * Never throws and never holds up the caller: what cannot be written is dropped and logged. At most two are written at a time, and 500 wait.
 * Notes are written as they are: nothing secret may be in them.
 */
export interface EventRecorder {
  record(regarding: KubeObject, note: EventNote): void;
  /** Writes what is pending; for shutdown and tests. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}
