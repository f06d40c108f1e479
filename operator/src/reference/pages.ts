import { actEvents, reasons, type ReasonEntry } from '../reasons.ts';
import { STEADY_MS } from '../service/summary.ts';
import { conditions } from './conditions.ts';

const HEADER = '<!-- Generated from operator/src/reasons.ts by `npm run generate`. Do not edit. -->';

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const entries: readonly (readonly [string, ReasonEntry])[] = Object.entries(reasons);
const ofKind = (kind: ReasonEntry['kind']) => entries.filter(([, entry]) => entry.kind === kind);

/** Kinds of reasons in the order in which they explain `Ready`, with what they mean for conditions. */
const KINDS: readonly (readonly [ReasonEntry['kind'], string, string])[] = [
  [
    'stalled',
    'A person has to change something',
    'The condition of the part is False; Ready is False and Stalled stands.',
  ],
  ['failed', 'A call failed', 'The condition of the part is False; Ready is False, Reconciling and Degraded stand.'],
  [
    'waiting',
    'Under way or in trouble',
    'The condition of the part is False (Unknown for Checking); Ready is False and Reconciling stands. With a Warning it is trouble, and Degraded stands as well.',
  ],
  ['advisory', 'Worth knowing', 'The condition of the part is False or Unknown; Ready does not fall.'],
  ['notice', 'Only while true', 'Reason of a condition that stands only while it is true; Ready does not fall.'],
  ['success', 'As declared', 'The condition is True.'],
];

function nextLook({ kind, recheckMs }: ReasonEntry): string {
  if (kind === 'failed') return 'at once, then with back-off up to 5 s';
  return `${(Math.min(recheckMs ?? STEADY_MS, STEADY_MS) / 1_000).toString()} s`;
}

function reasonsTable(kind: ReasonEntry['kind']): string {
  const rows = ofKind(kind).map(([reason, entry]) => [
    `\`${reason}\`${entry.conflict === true ? ' (Conflict)' : ''}`,
    entry.meaning,
    entry.event ?? 'none',
    entry.remedy,
    nextLook(entry),
  ]);
  return table(['Reason', 'Meaning', 'Event', 'What to do', 'Next look'], rows);
}

/** The reference of conditions and reasons, in Markdown. */
export function conditionsPage(): string {
  const types = Object.entries(conditions).map(([type, { stands, meaning }]) => [`\`${type}\``, stands, meaning]);
  const kinds = KINDS.map(([kind, title, effect]) => `### ${title}\n\n${effect}\n\n${reasonsTable(kind)}`);
  return (
    [
      HEADER,
      '# Conditions of a TagService',
      'Every condition carries `observedGeneration`; `lastTransitionTime` moves only when `status` changes. The message names the object, what was found, what is wanted and what to do. An error stands in a condition within 5 s. How they come about: [the reconcile](../explanation/reconcile.md).',
      '## Types',
      table(['Condition', 'Stands', 'Meaning'], types),
      '## Reasons',
      'A change in the cluster is looked at at once; "next look" is the time until the operator looks again although nothing has changed. Events: [events](events.md).',
      ...kinds,
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

/** The reference of events, in Markdown. */
export function eventsPage(): string {
  const changes = entries.flatMap(([reason, { event, meaning, remedy }]) =>
    event === undefined ? [] : [[`\`${reason}\``, event, meaning, remedy]],
  );
  const acts = Object.entries(actEvents).map(([reason, { type, meaning, remedy }]) => [
    `\`${reason}\``,
    type,
    meaning,
    remedy,
  ]);
  const head = ['Reason', 'Type', 'Meaning', 'What to do'];
  return (
    [
      HEADER,
      '# Events of a TagService',
      'Written as `events.k8s.io/v1` with the TagService as `regarding`; `kubectl events --for tagservice/NAME` shows them. Repeats of one event are counted in its `series` instead of making new ones. No event holds a value of a Secret.',
      '## A condition has a new reason',
      'One event for each condition whose reason is new; `action` is the type of the condition, the note is its message. See [conditions](conditions.md).',
      table(head, changes),
      '## Something was done',
      table(head, acts),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}
