export { Crawler, type CrawlerOptions } from './crawler.ts';
export type { FetchedText, FetchText } from './sitemap/read-sitemap.ts';
export { CRAWL_TIMER, turnMessage, type CrawlTurn } from './turn.ts';
