import { instanceChartValues } from './instance-chart.values.ts';
import { operatorChartValues } from './operator-chart.values.ts';
import type { ValueSchema } from './values-kit.ts';

/** What a chart is made from, beside its templates. */
export type ChartSource = {
  /** Name of the chart and of its folder under charts/. */
  readonly name: 'tagservice-operator' | 'tagservice';
  readonly values: ValueSchema;
  /** The beginning of its README, seen from this folder. */
  readonly introduction: string;
};

export const charts: readonly ChartSource[] = [
  { name: 'tagservice-operator', values: operatorChartValues, introduction: 'operator-chart.md' },
  { name: 'tagservice', values: instanceChartValues, introduction: 'instance-chart.md' },
];
