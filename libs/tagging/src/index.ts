export { maxHtmlLength, maxTextLength, type Tag, type TaggedPage, type TagPageInput } from './page.ts';
export { tagPage } from './tag-page.ts';
export { languageOf } from './text/language.ts';
