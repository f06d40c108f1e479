import type { ExportedSpan } from './collector.ts';

const milliseconds = (nanoseconds: bigint): string => `${(Number(nanoseconds) / 1e6).toFixed(1)} ms`;

/** The spans below a parent, each with its own below it, in the order of their begin: one line each. */
export function traceText(spans: readonly ExportedSpan[], root: string): string {
  const first = spans.map(({ startNs }) => startNs).reduce((least, start) => (start < least ? start : least));
  const below = (parent: string, depth: number): string[] =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .toSorted((one, other) => Number(one.startNs - other.startNs))
      .flatMap((span) => [line(span, depth, first), ...below(span.spanId, depth + 1)]);
  return below(root, 0).join('\n');
}

function line({ name, service, startNs, endNs, attributes }: ExportedSpan, depth: number, first: bigint): string {
  const to = attributes['messaging.system'] ?? attributes['db.system.name'] ?? '';
  const indented = `${'  '.repeat(depth)}${name}`;
  const times = `at ${milliseconds(startNs - first)}`.padEnd(14) + `for ${milliseconds(endNs - startNs)}`;
  return `${indented.padEnd(34)} ${service.padEnd(14)} ${to.padEnd(6)} ${times}`;
}
