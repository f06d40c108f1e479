export type { Page } from './page.ts';
export { pages } from './pages.ts';
export { sampleSite } from './server.ts';
