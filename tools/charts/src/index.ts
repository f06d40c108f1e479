export { charts, type ChartSource } from './chart-source.ts';
export { generatedFiles } from './generated-files.ts';
