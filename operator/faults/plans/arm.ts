import type { Entrance, Fault, FaultHandle, FaultRule, Matcher, Subject } from '@tagservice/fault-proxy';
import type { Stage } from '../runs/stage.ts';
import type { ClockError, ListError, Plan, PlanFault, WatchError, WriteError } from './plan.ts';
import { matching, writeKind, writeText } from './target.ts';

/** A fault that waits for its moment. */
export type Armed = {
  /** How often something went wrong so far. */
  readonly hits: () => number;
  /** Called after the action: resolves when the fault does no more harm, or cannot happen any more. */
  readonly over: () => Promise<void>;
  /** Ends it, whatever state it is in. */
  readonly disarm: () => void;
};

/** For so long a watch is disturbed, and a restarted operator sees an old list. */
const DISTURBED_MS = 2_000;

/** Sets a fault up on a stage whose preparation is done. */
export function arm(stage: Stage, { fault }: Plan): Armed {
  switch (fault.kind) {
    case 'crash':
      return armCrash(stage, fault);
    case 'writes':
      return armWrites(stage, fault.error);
    case 'clock':
      return armClock(stage, fault.error);
    case 'watch':
      return armWatch(stage, fault);
    case 'restart':
      return armRestart(stage, fault);
  }
}

function armCrash(stage: Stage, { when, at }: PlanFault & { kind: 'crash' }): Armed {
  const handle = stage.current.entrance.faults.add({
    match: matching(at),
    skip: at.occurrence - 1,
    times: 1,
    fault: { kind: 'crash', when },
  });
  return armed([handle], () => stage.restarted());
}

function armWrites(stage: Stage, error: WriteError): Armed {
  const seen = new Set<string>();
  const match = (subject: Subject): boolean => {
    if (subject.event !== undefined || subject.write === undefined) return false;
    const text = writeText(writeKind(subject));
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  };
  const handle = stage.current.entrance.faults.add({ match, fault: WRITE_FAULTS[error] });
  return armed([handle], () => Promise.resolve());
}

const WRITE_FAULTS: Readonly<Record<WriteError, Fault>> = {
  conflict: { kind: 'answer', code: 409, reason: 'Conflict' },
  throttled: { kind: 'answer', code: 429, retryAfterSeconds: 1 },
  'server-error': { kind: 'answer', code: 500 },
  unavailable: { kind: 'answer', code: 503, done: true },
  dropped: { kind: 'drop' },
  'answer-lost': { kind: 'lose-response' },
  'cut-off': { kind: 'truncate' },
  slow: { kind: 'delay', ms: 400, on: 'answer' },
};

function armClock(stage: Stage, error: ClockError): Armed {
  const { clock } = stage;
  const { shiftMs, passes } = CLOCK_FAULTS[error];
  clock.set(shiftMs);
  const right = (): void => {
    clock.set(0);
  };
  return {
    hits: () => clock.wrongAnswers,
    // One that stays wrong does all its harm from the beginning.
    over: () => (passes ? afterwards(stage, DISTURBED_MS, right) : afterwards(stage, 0, () => undefined)),
    disarm: () => undefined,
  };
}

/** More than any time limit of the operator within a run. */
const SHIFT_MS = 2 * 3_600_000;

const CLOCK_FAULTS: Readonly<Record<ClockError, { shiftMs: number; passes: boolean }>> = {
  ahead: { shiftMs: SHIFT_MS, passes: false },
  behind: { shiftMs: -SHIFT_MS, passes: false },
  'ahead-and-back': { shiftMs: SHIFT_MS, passes: true },
  'behind-and-back': { shiftMs: -SHIFT_MS, passes: true },
};

function armWatch(stage: Stage, { error, resource }: PlanFault & { kind: 'watch' }): Armed {
  const { rule, forMs } = WATCH_FAULTS[error];
  const match: Matcher = { verb: 'watch', resource };
  const handle = stage.current.entrance.faults.add({ match, ...rule });
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= afterwards(stage, forMs, () => handle.remove()));
  // Counted from the first harm: an action that waits for the operator must not wait for the end of the fault.
  handle.used().then(end, () => undefined);
  return armed([handle], end);
}

const WATCH_FAULTS: Readonly<Record<WatchError, { rule: { fault: Fault; times?: number }; forMs: number }>> = {
  gone: { rule: { fault: { kind: 'gone' }, times: 2 }, forMs: DISTURBED_MS },
  held: { rule: { fault: { kind: 'hold' } }, forMs: DISTURBED_MS },
  'cut-off': { rule: { fault: { kind: 'truncate' }, times: 3 }, forMs: DISTURBED_MS },
  hidden: { rule: { fault: { kind: 'hide' } }, forMs: DISTURBED_MS },
  late: { rule: { fault: { kind: 'delay', ms: 150, on: 'answer' } }, forMs: DISTURBED_MS },
  repeated: { rule: { fault: { kind: 'duplicate' } }, forMs: DISTURBED_MS },
};

/** The operator dies at its third write, or soon after the action where there are fewer; the next one finds trouble. */
function armRestart(stage: Stage, { error, resource }: PlanFault & { kind: 'restart' }): Armed {
  const { current, world } = stage;
  const crash = current.entrance.faults.add({
    match: (subject) => subject.event === undefined && subject.write !== undefined,
    skip: 2,
    times: 1,
    fault: { kind: 'crash', when: 'after' },
  });
  const handles: FaultHandle[] = [];
  let healed = Promise.resolve();
  const version = world.proxy.newestVersion;
  stage.onRestart = (entrance: Entrance) => {
    for (const rule of listRules(error, { resource, version })) handles.push(entrance.faults.add(rule));
    // Counted from the restart: an action that waits for the operator must not wait for the end of the fault.
    healed = afterwards(stage, DISTURBED_MS, () => {
      for (const handle of handles) handle.remove();
    });
  };
  const over = async (): Promise<void> => {
    await Promise.race([crash.used(), pause(1_000)]).catch(() => undefined);
    if (!crash.spent) {
      crash.remove();
      stage.restart();
    }
    await stage.restarted();
    await healed;
  };
  return { hits: () => sum(handles), over, disarm: () => handles.forEach((handle) => handle.remove()) };
}

type Where = { readonly resource: string; readonly version: string | undefined };

/** `version`: the newest one before the action. A server that lags that far behind answers reads from there, and its watches go on from there. */
function listRules(error: ListError, { resource, version }: Where): FaultRule[] {
  const list = { verb: 'list', resource } as const;
  switch (error) {
    case 'stale':
      if (version === undefined) return [];
      return [
        { match: { verb: ['list', 'get'], resource }, fault: { kind: 'stale', version, illegal: true } },
        { match: { verb: 'watch', resource }, fault: { kind: 'stale', version } },
      ];
    case 'unavailable':
      return [{ match: list, fault: { kind: 'answer', code: 503 }, times: 2 }];
    case 'throttled':
      return [{ match: list, fault: { kind: 'answer', code: 429, retryAfterSeconds: 1 }, times: 1 }];
    case 'gone':
      return [{ match: list, fault: { kind: 'gone' }, times: 1 }];
    case 'cut-off':
      return [{ match: list, fault: { kind: 'truncate' }, times: 1 }];
  }
}

function armed(handles: readonly FaultHandle[], over: () => Promise<void>): Armed {
  return {
    hits: () => sum(handles),
    over,
    disarm: () => {
      for (const handle of handles) handle.remove();
    },
  };
}

const sum = (handles: readonly FaultHandle[]): number => handles.reduce((total, { applied }) => total + applied, 0);

async function afterwards(stage: Stage, ms: number, end: () => void): Promise<void> {
  await pause(ms);
  end();
  stage.lastFault = Date.now();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
