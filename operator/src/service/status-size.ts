import type { PlannedChange, TagServiceStatus } from '@tagservice/crd';
import { shorten } from './conditions.ts';

/** A status is kept below this, because every write of it travels to every watcher. */
export const STATUS_BYTES = 16 * 1_024;
/** How much of it a plan may take. */
const PLAN_BYTES = 4 * 1_024;
/** Fields of one object that a plan names. */
export const PLAN_FIELDS = 6;
const SHORT_MESSAGE_BYTES = 160;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The longest beginning of a list that takes no more than so many bytes and entries. */
export function firstFitting<T>(list: readonly T[], { bytes, entries }: { bytes: number; entries: number }): T[] {
  let left = bytes;
  const end = list.findIndex((entry, index) => {
    left -= bytesOf(entry) + 1;
    return left < 0 || index >= entries;
  });
  return end === -1 ? [...list] : list.slice(0, end);
}

/** The entries of a plan that stand in status: one for each object, since the API server refuses a status with two. */
export function shownPlan(plan: readonly PlannedChange[]): PlannedChange[] {
  const byObject = new Map<string, PlannedChange>();
  for (const change of plan) {
    const before = byObject.get(change.object);
    byObject.set(change.object, before === undefined ? change : together(before, change));
  }
  return firstFitting([...byObject.values()], { bytes: PLAN_BYTES, entries: 32 });
}

/** Two changes of one object. Whether it is made or goes says more than its fields. */
function together(one: PlannedChange, other: PlannedChange): PlannedChange {
  const whole = [other, one].find(({ action }) => action !== 'update');
  if (whole !== undefined) return whole;
  const fields = [...(one.fields ?? []), ...(other.fields ?? [])];
  const names = new Set(fields.map(({ field }) => field));
  const told = [...names].flatMap((name) => fields.find(({ field }) => field === name) ?? []);
  return { ...one, fields: told.slice(0, PLAN_FIELDS) };
}

/** The status within its size: what explains least goes first, the plan and then the length of messages. */
export function fitStatus(status: TagServiceStatus): TagServiceStatus {
  if (bytesOf(status) < STATUS_BYTES) return status;
  const { plan: _plan, ...rest } = status;
  if (bytesOf(rest) < STATUS_BYTES) return rest;
  const conditions = rest.conditions?.map((one) => ({ ...one, message: shorten(one.message, SHORT_MESSAGE_BYTES) }));
  return { ...rest, ...(conditions !== undefined && { conditions }) };
}
