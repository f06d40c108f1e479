import type { ClusterStatus, ComponentStatus } from './types.ts';

function componentLine(part: ComponentStatus): string {
  const state = part.running ? `runs (${String(part.pid ?? '')})` : (part.detail ?? 'is gone');
  return `  ${part.name.padEnd(26)}${state}`;
}

function nodeLine(node: ClusterStatus['nodes'][number]): string {
  const trouble = node.stopped === true ? 'stopped' : node.cut === true ? 'cut off' : undefined;
  const state = [node.ready ? 'Ready' : 'NotReady', trouble].filter(Boolean).join(', ');
  return `  ${node.name.padEnd(26)}${state}${node.zone === undefined ? '' : `  ${node.zone}`}`;
}

/** The status as a person reads it. */
export function describeStatus(status: ClusterStatus): string {
  return [
    `${status.name}: ${status.state} (provider ${status.provider}, profile ${status.profile})`,
    ...(status.components.length > 0 ? ['Parts:', ...status.components.map(componentLine)] : []),
    ...(status.nodes.length > 0 ? ['Nodes:', ...status.nodes.map(nodeLine)] : []),
  ].join('\n');
}
