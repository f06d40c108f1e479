import { render, type Rendering } from './helm.ts';

/** The files under manifests/ that are rendered from a chart. */
export const renderings: ReadonlyMap<string, Rendering> = new Map([
  [
    'manifests/install/operator.yaml',
    {
      chart: 'tagservice-operator',
      release: 'tagservice-operator',
      namespace: 'tagservice-system',
      set: ['crds.enabled=false'],
    },
  ],
  [
    'manifests/kafka-dev/kafka.yaml',
    { chart: 'tagservice', release: 'kafka-dev', namespace: 'tags', set: ['kafka.enabled=true'], only: ['kafka.yaml'] },
  ],
  [
    'manifests/samples/sample-site.yaml',
    {
      chart: 'tagservice',
      release: 'sample-site',
      namespace: 'tags',
      set: ['sampleSite.enabled=true', 'spec.kafka.brokers={kafka:9092}'],
      only: ['sample-site.yaml'],
    },
  ],
]);

/** A chart that cannot be rendered; the message is Helm's. */
export class RenderingFailed extends Error {
  constructor(file: string, reason: string) {
    super(`${file} cannot be rendered: ${reason.trim()}`);
    this.name = 'RenderingFailed';
  }
}

/** The text that a rendered manifest must have. */
export async function renderedManifest(file: string, rendering: Rendering): Promise<string> {
  const { code, stdout, stderr } = await render(rendering);
  if (code !== 0) throw new RenderingFailed(file, stderr);
  return withoutHelm(stdout, rendering.chart);
}

/** Helm does not look after what `kubectl` applied, so the labels that say so go. */
function withoutHelm(rendered: string, chart: string): string {
  const kept = rendered
    .split('\n')
    .filter(
      (line) => !/^\s*(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by):/.test(line) && !line.startsWith('# Source:'),
    );
  const text = kept
    .join('\n')
    .replace(/\n{2,}/g, '\n')
    .replace(/^---\n/, '')
    .trimEnd();
  return `# Rendered from charts/${chart} by \`node tools/charts/src/render-manifests.ts\`. Do not edit.\n${text}\n`;
}
