import type { Reference } from '../revision/references.ts';
import { stalled, waiting, type Outcome } from '../step/outcome.ts';
import type { Target } from './target.ts';
import type { WorkloadComponent } from './world.ts';

/** What keeps a component from being made: what it refers to and is not there or cannot be read, or what it is itself. */
export function missingOutcome(target: Target, component: WorkloadComponent): Outcome | undefined {
  if (target.kind === 'known') return undefined;
  if (target.kind === 'impossible')
    return target.component === component ? stalled('InvalidSpec', target.message) : undefined;
  if (target.kind === 'missing') {
    const reference = target.references.find((one) => one.component === component);
    return reference === undefined ? undefined : missing(reference);
  }
  const found = target.problems.find(({ reference }) => reference.component === component);
  if (found === undefined) return undefined;
  const { reference, problem } = found;
  const message = `${reference.kind} ${reference.name}${whoAsks(reference)} cannot be read (${problem})`;
  if (problem === NOT_YET) return waiting('Checking', message);
  return waiting(
    'ReferenceUnreadable',
    `${message}: let the operator get and watch it; nothing is rolled out until then`,
  );
}

const NOT_YET = 'not looked at yet';

const whoAsks = ({ field }: Reference): string => (field === undefined ? '' : `, which ${field} names,`);

function missing(reference: Reference): Outcome {
  const { kind, name, key, field } = reference;
  // What the operator makes itself comes in a moment, or its own step says why not.
  if (field === undefined) return waiting('Checking', `waiting for key ${key} of ${kind} ${name}`);
  return waiting(
    'ReferenceMissing',
    `key ${key} of ${kind} ${name}, which ${field} names, does not exist: create it, or mark the reference optional; nothing is rolled out until then`,
  );
}
