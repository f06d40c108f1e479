import { isParagraph } from './element-roles.ts';
import type { ScannedElement, ScannedPage, TextBlock } from './scanner.ts';

/** A flagged part that holds more than this share of all paragraph text is the subject after all: sites name things strangely. */
const unflagShare = 0.4;
/** A container that holds less than this share of the paragraph text gives way to the element around it. */
const containerShare = 0.5;
/** Text of which more than this share are links is navigation. */
const maxLinkShare = 0.5;
/** Characters below which a piece of text is no paragraph: labels, dates, buttons. */
const minParagraph = 25;
/** An element that calls itself article, main or content is preferred to one that is as dense. */
const contentBonus = 0.3;
/** Headings below this level name details. */
const deepestHeading = 3;
/** What a paragraph gives to its container, to the one around that, and so on. */
const ancestorShares = [1, 0.5, 0.25] as const;

/** What a page is about, as far as its structure tells. */
export type Article = {
  /** The blocks of the main text in order, sub-headings included. */
  readonly blocks: readonly TextBlock[];
  /** The title headings of the page, and the headings of the first three levels that head no boilerplate. */
  readonly headings: readonly TextBlock[];
};

/**
 * The blocks of the page's subject: those inside the element that has the densest paragraphs, without what the page itself or the names of its
 * classes call boilerplate. Falls back to outer elements until most paragraph text is inside. Linear in the number of elements and blocks.
 */
export function articleOf(page: ScannedPage): Article {
  const lengths = page.blocks.map(paragraphLength);
  const boilerplate = boilerplateElements(page, lengths);
  const proper = page.blocks.map((block, index) => (boilerplate[block.element] === true ? 0 : (lengths[index] ?? 0)));
  const container = bestContainer(page, proper);
  const inside = descendants(page.elements, container);
  const chosen = page.blocks.filter(
    (block) =>
      boilerplate[block.element] !== true &&
      block.linkShare <= maxLinkShare &&
      (container < 0 || inside[block.element] === true),
  );
  const headings = page.blocks.filter(
    ({ heading, element, linkShare }) =>
      heading === 1 || (heading > 1 && heading <= deepestHeading && linkShare < 1 && boilerplate[element] !== true),
  );
  return { blocks: chosen.filter((block, index) => isText(chosen, index, block)), headings };
}

/** Everything but the title of the page, and but headings that head nothing. */
function isText(blocks: readonly TextBlock[], index: number, { heading }: TextBlock): boolean {
  return heading === 0 || (heading > 1 && isFollowedByText(blocks, index));
}

function paragraphLength(block: TextBlock): number {
  const isText = block.heading === 0 && block.linkShare <= maxLinkShare && block.text.length >= minParagraph;
  return isText ? block.text.length : 0;
}

/** For each element whether it, or one around it, is boilerplate that may be believed. */
function boilerplateElements({ elements, blocks }: ScannedPage, lengths: readonly number[]): boolean[] {
  const held = sumsByElement(elements, blocks, lengths);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const flags: boolean[] = [];
  for (const [index, element] of elements.entries()) {
    const own = element.verdict === 'boilerplate' && (held[index] ?? 0) <= unflagShare * total;
    flags.push(own || flags[element.parent] === true);
  }
  return flags;
}

/** Paragraph text inside each element, its descendants included. Children follow their parent, so one pass from the end adds up. */
function sumsByElement(
  elements: readonly ScannedElement[],
  blocks: readonly TextBlock[],
  lengths: readonly number[],
): Float64Array {
  const sums = new Float64Array(elements.length);
  for (const [index, block] of blocks.entries()) add(sums, block.element, at(lengths, index));
  for (let index = elements.length - 1; index >= 0; index -= 1) add(sums, parentOf(elements, index), at(sums, index));
  return sums;
}

function bestContainer({ elements, blocks }: ScannedPage, lengths: readonly number[]): number {
  const scores = new Float64Array(elements.length);
  for (const [index, block] of blocks.entries()) {
    const length = at(lengths, index);
    if (length > 0) give(elements, scores, { from: block.element, worth: worthOf(block, length) });
  }
  let best = -1;
  for (const [index, element] of elements.entries()) {
    if (element.verdict === 'content') add(scores, index, contentBonus * at(scores, index));
    if (at(scores, index) > Math.max(0, at(scores, best))) best = index;
  }
  return widened(elements, best, { held: sumsByElement(elements, blocks, lengths), lengths });
}

function worthOf(block: TextBlock, length: number): number {
  const clauses = block.text.split(/[,،、，;.!?。]/, 12).length - 1;
  return (1 + clauses + Math.min(3, length / 100)) * (1 - block.linkShare);
}

function give(
  elements: readonly ScannedElement[],
  scores: Float64Array,
  { from, worth }: { from: number; worth: number },
): void {
  let target = isParagraph(elements[from]?.name ?? '') ? parentOf(elements, from) : from;
  for (const share of ancestorShares) {
    add(scores, target, worth * share);
    target = parentOf(elements, target);
  }
}

function widened(
  elements: readonly ScannedElement[],
  best: number,
  text: { held: Float64Array; lengths: readonly number[] },
): number {
  const total = text.lengths.reduce((sum, length) => sum + length, 0);
  let container = best;
  while (container >= 0 && at(text.held, container) < containerShare * total) container = parentOf(elements, container);
  return container;
}

/** -1 stands for "outside of every element": it has no parent, and what is added to it is dropped. */
function parentOf(elements: readonly ScannedElement[], index: number): number {
  return elements[index]?.parent ?? -1;
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? 0;
}

function add(values: Float64Array, index: number, amount: number): void {
  if (index >= 0) values[index] = at(values, index) + amount;
}

function descendants(elements: readonly ScannedElement[], container: number): boolean[] {
  const inside: boolean[] = [];
  for (const [index, element] of elements.entries())
    inside.push(index === container || inside[element.parent] === true);
  return inside;
}

/** A heading at the end, or before another one of its level, heads nothing that was kept. */
function isFollowedByText(blocks: readonly TextBlock[], index: number): boolean {
  const next = blocks[index + 1];
  return next !== undefined && (next.heading === 0 || next.heading > (blocks[index]?.heading ?? 0));
}
