import type { Report, StepEvent } from './types.ts';

const seconds = (value: number): string => `${value.toFixed(1)} s`;

/** One line of text for an event, or undefined where it deserves none. */
export function describeEvent(event: StepEvent): string | undefined {
  switch (event.kind) {
    case 'begin':
      return undefined;
    case 'progress':
      return `  ... ${event.step}: ${event.detail} (${event.seconds.toFixed(0)} s)`;
    case 'done':
      return `  ${seconds(event.seconds).padStart(7)}  ${event.step}${event.detail === undefined ? '' : ` (${event.detail})`}`;
    case 'note':
      return event.text;
  }
}

/** Prints progress, one line an event, to standard error so that standard output stays the answer. */
export function consoleReport(write: (line: string) => void = (line) => process.stderr.write(`${line}\n`)): Report {
  return (event) => {
    const line = describeEvent(event);
    if (line !== undefined) write(line);
  };
}

/** Says nothing. */
export const silentReport: Report = () => undefined;

/** What a running step can say about itself. */
export type StepHandle = { progress(detail: string): void; detail(text: string): void };

/** Runs one step between its `begin` and `done` events. */
export async function step<T>(report: Report, name: string, work: (handle: StepHandle) => Promise<T>): Promise<T> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  let closing: string | undefined;
  report({ kind: 'begin', step: name });
  const result = await work({
    progress: (detail) => {
      report({ kind: 'progress', step: name, seconds: elapsed(), detail });
    },
    detail: (text) => {
      closing = text;
    },
  });
  report({
    kind: 'done',
    step: name,
    seconds: elapsed(),
    ...(closing === undefined ? {} : { detail: closing }),
  });
  return result;
}
