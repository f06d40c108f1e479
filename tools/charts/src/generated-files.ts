import { chartTemplate } from '@tagservice/crd';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { charts, type ChartSource } from './chart-source.ts';
import { valuesSchema, valuesTable, valuesYaml } from './render-values.ts';

/** The text of every generated file of the charts, by its path relative to the root of the project. */
export function generatedFiles(root: string): ReadonlyMap<string, string> {
  const files = charts.flatMap((chart): readonly (readonly [string, string])[] => {
    const folder = `charts/${chart.name}`;
    return [
      [`${folder}/values.yaml`, valuesYaml(chart.values)],
      [`${folder}/values.schema.json`, valuesSchema(chart.values)],
      [`${folder}/README.md`, readme(root, chart)],
    ];
  });
  return new Map([...files, ['charts/tagservice-operator/templates/crds.yaml', chartTemplate()]]);
}

function readme(root: string, chart: ChartSource): string {
  const about = parse(readFileSync(join(root, 'charts', chart.name, 'Chart.yaml'), 'utf8')) as {
    description: string;
    version: string;
  };
  const introduction = readFileSync(join(import.meta.dirname, chart.introduction), 'utf8').trimEnd();
  return [
    '<!-- Generated from tools/charts by `npm run generate`. Do not edit. -->',
    `# ${chart.name}`,
    `${about.description} Version ${about.version}.`,
    introduction,
    '## Values',
    'A value that is not in this table is refused with its name.',
    `${valuesTable(chart.values)}\n`,
  ].join('\n\n');
}
