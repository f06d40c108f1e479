export { PageQueue, type CanonicalPage, type PageQueueOptions } from './page-queue.ts';
