import { FaultProxyClosed, FaultProxyUsageError } from './errors.ts';
import { isVersion } from './history.ts';
import type { Fault, FaultHandle, FaultKind, FaultRule, Faults, Match, Matcher, OneOf, Subject } from './types.ts';

/** Faults that last: a rule that is used up still holds on to the requests and watches that it was used on, until it is removed. */
const lasting: ReadonlySet<FaultKind> = new Set(['hold', 'slow', 'stale', 'delay']);

/** Faults that are counted by events where they are done to a watch; all others by requests. */
const byEvent: ReadonlySet<FaultKind> = new Set(['hide', 'duplicate', 'truncate', 'reorder']);

/** True if a rule's description fits a request or event. */
export function matches(matcher: Matcher, subject: Subject): boolean {
  if (typeof matcher === 'function') return matcher(subject);
  return comparisons.every((fits) => fits(matcher, subject));
}

const texts = ['verb', 'group', 'version', 'resource', 'namespace', 'fieldManager', 'event'] as const;

const comparisons: readonly ((match: Match, subject: Subject) => boolean)[] = [
  ...texts.map((key) => (match: Match, subject: Subject) => among<string>(match[key], subject[key])),
  (match, subject) => among(match.subresource, subject.subresource ?? ''),
  (match, subject) => among(match.write, subject.write),
  (match, subject) => among(match.dryRun, subject.dryRun),
  // Not test(): that moves along in a pattern with the flag g.
  ({ name }, subject) => (name instanceof RegExp ? (subject.name ?? '').search(name) >= 0 : among(name, subject.name)),
];

function among<T>(wanted: OneOf<T> | undefined, found: T | undefined): boolean {
  if (wanted === undefined) return true;
  return Array.isArray(wanted) ? (wanted as readonly (T | undefined)[]).includes(found) : wanted === found;
}

/** One rule and what became of it. */
export class RuleInUse implements FaultHandle {
  readonly rule: FaultRule;
  /** Of a `stale` rule: the state it shows. */
  version: string | undefined;
  applied = 0;
  readonly #times: number;
  readonly #onChange: () => void;
  #skipped = 0;
  /** Requests and watches that were counted (or skipped) once and shall not be again. */
  readonly #known = new WeakMap<object, boolean>();
  readonly #removal = Promise.withResolvers<undefined>();
  #removed = false;
  #waiting: { times: number; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(rule: FaultRule, onChange: () => void) {
    this.rule = rule;
    this.#times = rule.times ?? (rule.fault.kind === 'crash' ? 1 : Number.POSITIVE_INFINITY);
    this.#onChange = onChange;
  }

  get spent(): boolean {
    return this.#removed || this.applied >= this.#times;
  }

  /** True once nothing can fall under it any more. */
  get over(): boolean {
    return this.#removed || (this.spent && !lasting.has(this.rule.fault.kind));
  }

  /** Resolves when the rule is removed. */
  get removal(): Promise<undefined> {
    return this.#removal.promise;
  }

  /** Decides whether it is used now, and counts. With `unit` one request or watch counts once, however often it is looked at. */
  use(subject: Subject, unit: object | undefined): boolean {
    const before = unit === undefined ? undefined : this.#known.get(unit);
    if (this.#removed) return false;
    if (before !== undefined) return before;
    if (this.spent || !matches(this.rule.match, subject)) return false;
    const used = this.#skipped >= (this.rule.skip ?? 0);
    if (unit !== undefined) this.#known.set(unit, used);
    if (!used) this.#skipped += 1;
    else this.#count();
    return used;
  }

  async used(times = 1): Promise<void> {
    if (this.applied >= times) return;
    if (this.spent) throw unreachable();
    await new Promise<void>((resolve, reject) => this.#waiting.push({ times, resolve, reject }));
  }

  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    this.#removal.resolve(undefined);
    this.#disappoint();
    this.#onChange();
  }

  #count(): void {
    this.applied += 1;
    const due = this.#waiting.filter(({ times }) => this.applied >= times);
    this.#waiting = this.#waiting.filter(({ times }) => this.applied < times);
    for (const { resolve } of due) resolve();
    if (!this.spent) return;
    this.#disappoint();
    this.#onChange();
  }

  #disappoint(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(unreachable());
  }
}

function unreachable(): FaultProxyClosed {
  return new FaultProxyClosed('The rule is used up or removed: it will not be used so often.');
}

/** Rules in the order in which they are looked at. */
export class RuleList implements Faults {
  readonly #newestVersion: () => string | undefined;
  readonly #onChange: () => void;
  #rules: RuleInUse[] = [];

  /** `onChange`: a rule was added, removed or used up. */
  constructor(options: { newestVersion: () => string | undefined; onChange: () => void }) {
    this.#newestVersion = options.newestVersion;
    this.#onChange = options.onChange;
  }

  get rules(): readonly RuleInUse[] {
    return (this.#rules = this.#rules.filter((rule) => !rule.over));
  }

  add(rule: FaultRule): RuleInUse {
    check(rule);
    const added = new RuleInUse(rule, this.#onChange);
    if (rule.fault.kind === 'stale') added.version = rule.fault.version ?? this.#newestVersion();
    this.#rules.push(added);
    this.#onChange();
    return added;
  }

  clear(): void {
    for (const rule of this.#rules.splice(0)) rule.remove();
  }

  /** The first rule that falls on a request or event, and counts as used by that. */
  take(subject: Subject, wanted: (rule: RuleInUse) => boolean, unit: object): RuleInUse | undefined {
    return this.rules.find((rule) => {
      const { kind } = rule.rule.fault;
      return wanted(rule) && rule.use(subject, byEvent.has(kind) ? undefined : unit);
    });
  }
}

function check({ fault, times = 1, skip = 0 }: FaultRule): void {
  const wrong =
    (times >= 1 ? undefined : `times must be 1 or more, not ${String(times)}.`) ??
    (skip >= 0 ? undefined : `skip must be 0 or more, not ${String(skip)}.`) ??
    wrongIn(fault);
  if (wrong !== undefined) throw new FaultProxyUsageError(`Fault ${fault.kind}: ${wrong}`);
}

function wrongIn(fault: Fault): string | undefined {
  switch (fault.kind) {
    case 'answer':
      return fault.code >= 400 && fault.code <= 599 ? undefined : `code must be 400 to 599, not ${String(fault.code)}.`;
    case 'slow':
      return fault.bytesPerSecond > 0 ? undefined : 'bytesPerSecond must be more than 0.';
    case 'delay':
      return fault.ms >= 0 ? undefined : 'ms must be 0 or more.';
    case 'stale':
      return wrongVersion(fault.version);
    default:
      return undefined;
  }
}

function wrongVersion(version = '0'): string | undefined {
  return isVersion(version) ? undefined : `version must be a whole number, not ${version}.`;
}
