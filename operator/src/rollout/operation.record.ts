import type { OperationStatus, OperationStep, OperationStepName } from '@tagservice/crd';
import type { OperationState, View } from './world.ts';

const preconditions: Readonly<Record<OperationStepName, string>> = {
  Capacity: 'another revision serves, and nothing is frozen',
  Endpoints: 'all pods of the new revision that are wanted are ready',
  Roles: 'the Service sends to all new API pods',
  Removal: 'the new revision is Stable; autoscalers and budgets name it',
};

/** An instant as the API writes it: whole seconds. */
export const instant = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Numbers as an operation keeps them. */
export const measured = (numbers: Readonly<Record<string, number>>): NonNullable<OperationStatus['measurements']> =>
  Object.entries(numbers).map(([name, value]) => ({ name, value }));

/** The whole status of an operation with one number changed. */
export function withMeasurement(operation: OperationState, name: string, value: number): OperationStatus {
  return { steps: [...operation.steps], measurements: measured({ ...operation.measurements, [name]: value }) };
}

type Advance = { readonly begin?: OperationStepName; readonly found?: string };

/** The status after the current step has ended with what was found, and the next one has begun. */
export function advance({ world, operation }: View, { begin, found }: Advance): OperationStatus {
  const at = instant(world.now);
  const steps = (operation?.steps ?? []).map((step): OperationStep =>
    step.finishedAt === undefined ? { ...step, finishedAt: at, ...(found !== undefined && { found }) } : step,
  );
  const next: OperationStep[] =
    begin === undefined ? [] : [{ name: begin, precondition: preconditions[begin], startedAt: at }];
  return { steps: [...steps, ...next], measurements: measured(operation?.measurements ?? {}) };
}
