import type { Step } from '../step/step.ts';

/** What stands before and behind the generated picture in a page. */
export const PICTURE_BEGIN = '<!-- picture: generated from the list of steps by `npm run generate` -->';
export const PICTURE_END = '<!-- end of picture -->';

/** The reconcile as a mermaid flowchart; the steps and what they answer for come from the code. */
export function reconcilePicture(steps: readonly Pick<Step, 'concern' | 'reports'>[]): string {
  const boxes = steps.map(({ concern, reports }) => `    ${concern}["${concern}<br/>${reports.join(', ')}"]`);
  return [
    '```mermaid',
    'flowchart TD',
    '  watch["change in the cluster, answer of Kafka, next look"] --> queue["queue: one key at a time"]',
    '  queue --> obstacle{"definition fits,<br/>spec readable,<br/>topics free?"}',
    '  obstacle -- no --> summary',
    '  obstacle -- yes --> finalizer["finalizer fits deletionPolicy"]',
    '  finalizer --> steps',
    '  subgraph steps ["steps, side by side, 3.5 s each: observe, plan (pure), apply"]',
    '    direction LR',
    ...boxes,
    '  end',
    '  steps -- "outcomes" --> summary["summary: conditions, events, next look"]',
    '  summary --> status["one write of status, if it differs"]',
    '  status --> queue',
    '```',
  ].join('\n');
}

/** A page with its picture made anew; undefined when it has no place for one. */
export function withPicture(page: string, picture: string): string | undefined {
  const [begin, end] = [page.indexOf(PICTURE_BEGIN), page.indexOf(PICTURE_END)];
  if (begin === -1 || end < begin) return undefined;
  return `${page.slice(0, begin)}${PICTURE_BEGIN}\n\n${picture}\n\n${page.slice(end)}`;
}
