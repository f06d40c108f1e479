import { Tokenizer } from 'htmlparser2';
import {
  endsImplicitly,
  headingLevel,
  isBlock,
  isEmpty,
  isSkipped,
  verdictOf,
  type ElementAttributes,
  type Verdict,
} from './element-roles.ts';

/** A block element in document order; a parent always stands before its children. */
export type ScannedElement = { readonly name: string; readonly parent: number; readonly verdict: Verdict };

/** A run of text that no block element interrupts. */
export type TextBlock = {
  readonly text: string;
  /** Index of the innermost block element around it, -1 outside of any. */
  readonly element: number;
  /** Share of its characters that stand in links, 0 to 1. */
  readonly linkShare: number;
  /** 1 to 6 for a heading, else 0. */
  readonly heading: number;
};

export type ScannedPage = {
  readonly elements: readonly ScannedElement[];
  readonly blocks: readonly TextBlock[];
  /** Source of the tags that declare something about the page: html, meta, link, title. */
  readonly declarations: string;
  /** Texts of links marked rel=tag. */
  readonly tagLinks: readonly string[];
};

/** Elements nested deeper are read as if they were not there: their text belongs to the last element within the bound. */
export const maxDepth = 256;
const maxDeclarations = 64 * 1024;
const maxTagLinks = 50;
/** Stands for `<br>` until the white space of the source has been folded. */
const lineBreak = '\u0001';
const declaring = new Set(['html', 'meta', 'link', 'title']);

/**
 * Reads a page in one pass over htmlparser2's tokens, without a tree: time is linear in its length and memory is bounded, whatever is nested how
 * deeply (a tree builder needs seconds for 100,000 nested tags, because it searches its stack for every closing tag).
 */
export function scanHtml(html: string): ScannedPage {
  const scan = new PageScan(html);
  const tokenizer = new Tokenizer({ decodeEntities: true }, scan);
  tokenizer.write(html);
  tokenizer.end();
  return scan.result();
}

class PageScan {
  readonly #html: string;
  readonly #elements: ScannedElement[] = [];
  readonly #blocks: TextBlock[] = [];
  readonly #open: number[] = [];
  readonly #tagLinks: string[] = [];
  #declarations = '';
  #beyondDepth = 0;
  #skipped = '';
  #skippedDepth = 0;
  #text = '';
  #linkStart = -1;
  #linkLength = 0;
  #tagLinkStart = -1;
  #tagName = '';
  #tagStart = 0;
  #attributeName = '';
  #attributeValue = '';
  #attributes: ElementAttributes = { names: '', role: '', hidden: false };
  #relTag = false;

  constructor(html: string) {
    this.#html = html;
  }

  result(): ScannedPage {
    return {
      elements: this.#elements,
      blocks: this.#blocks,
      declarations: this.#declarations,
      tagLinks: this.#tagLinks,
    };
  }

  ontext(start: number, end: number): void {
    if (this.#skipped === '') this.#text += this.#html.slice(start, end);
    else if (this.#skipped === 'title') this.#declare(this.#html.slice(start, end));
  }

  ontextentity(codepoint: number): void {
    const character = String.fromCodePoint(codepoint);
    if (this.#skipped === '') this.#text += character;
    else if (this.#skipped === 'title') this.#declare(character === '<' ? '&lt;' : character);
  }

  onopentagname(start: number, end: number): void {
    this.#tagStart = start - 1;
    this.#tagName = this.#html.slice(start, end).toLowerCase();
    this.#attributes = { names: '', role: '', hidden: false };
    this.#relTag = false;
  }

  onattribname(start: number, end: number): void {
    this.#attributeName = this.#html.slice(start, end).toLowerCase();
    this.#attributeValue = '';
  }

  onattribdata(start: number, end: number): void {
    this.#attributeValue += this.#html.slice(start, end);
  }

  onattribentity(codepoint: number): void {
    this.#attributeValue += String.fromCodePoint(codepoint);
  }

  onattribend(): void {
    const value = this.#attributeValue;
    switch (this.#attributeName) {
      case 'class':
      case 'id':
        this.#attributes.names += ` ${value}`;
        break;
      case 'role':
        this.#attributes.role = value.trim().toLowerCase();
        break;
      case 'hidden':
        this.#attributes.hidden = true;
        break;
      case 'style':
        if (/display\s*:\s*none/i.test(value)) this.#attributes.hidden = true;
        break;
      case 'rel':
        this.#relTag = /(?:^|\s)tag(?:\s|$)/i.test(value);
        break;
      default:
    }
  }

  onopentagend(end: number): void {
    const name = this.#tagName;
    if (this.#skipped !== '') {
      if (name === this.#skipped) this.#skippedDepth += 1;
      return;
    }
    if (declaring.has(name)) this.#declare(this.#html.slice(this.#tagStart, end + 1));
    if (isSkipped(name)) {
      this.#skipped = name;
      this.#skippedDepth = 1;
    } else if (isBlock(name)) this.#openBlock(name);
    else this.#openInline(name);
  }

  onselfclosingtag(end: number): void {
    // In HTML the slash means nothing, except where a skipped element would otherwise wait for its end for ever (`<svg/>`).
    if (this.#skipped === '' && isSkipped(this.#tagName)) return;
    this.onopentagend(end);
  }

  onclosetag(start: number, end: number): void {
    const name = this.#html.slice(start, end).toLowerCase();
    if (this.#skipped !== '') this.#closeSkipped(name);
    else if (name === 'a') this.#closeLink();
    else if (isBlock(name)) this.#closeBlock(name);
  }

  onend(): void {
    this.#flush();
  }

  oncomment(): void {
    // Comments are no text.
  }

  oncdata(): void {
    // HTML has no CDATA outside of SVG and MathML, which are skipped.
  }

  ondeclaration(): void {
    // The document type says nothing about the subject.
  }

  onprocessinginstruction(): void {
    // No text either.
  }

  #declare(source: string): void {
    if (this.#declarations.length + source.length <= maxDeclarations) this.#declarations += source;
  }

  #closeSkipped(name: string): void {
    if (name !== this.#skipped) return;
    this.#skippedDepth -= 1;
    if (this.#skippedDepth > 0) return;
    if (name === 'title') this.#declare('</title>');
    this.#skipped = '';
  }

  #openInline(name: string): void {
    if (name === 'br') this.#text += lineBreak;
    else if (name === 'a') {
      this.#closeLink();
      this.#linkStart = this.#text.length;
      this.#tagLinkStart = this.#relTag ? this.#text.length : -1;
    } else if (name === 'img' || name === 'input' || name === 'button') this.#text += ' ';
  }

  #closeLink(): void {
    if (this.#linkStart < 0) return;
    this.#linkLength += this.#text.length - this.#linkStart;
    if (this.#tagLinkStart >= 0 && this.#tagLinks.length < maxTagLinks)
      this.#tagLinks.push(this.#text.slice(this.#tagLinkStart).trim());
    this.#linkStart = -1;
    this.#tagLinkStart = -1;
  }

  #openBlock(name: string): void {
    this.#flush();
    while (this.#open.length > 0 && endsImplicitly(name, this.#nameAt(this.#open.length - 1))) this.#open.pop();
    if (isEmpty(name)) return;
    if (this.#open.length >= maxDepth) {
      this.#beyondDepth += 1;
      return;
    }
    const parent = this.#open.at(-1) ?? -1;
    this.#open.push(this.#elements.length);
    this.#elements.push({ name, parent, verdict: this.#verdict(name) });
  }

  /** A header belongs to the page's frame, except inside an article, whose title it holds. */
  #verdict(name: string): Verdict {
    if (name === 'header' && !this.#open.some((index) => this.#elements[index]?.verdict === 'content'))
      return 'boilerplate';
    return verdictOf(name, this.#attributes);
  }

  #closeBlock(name: string): void {
    this.#flush();
    if (this.#beyondDepth > 0) {
      this.#beyondDepth -= 1;
      return;
    }
    for (let depth = this.#open.length - 1; depth >= 0; depth -= 1) {
      if (this.#nameAt(depth) !== name) continue;
      this.#open.length = depth;
      return;
    }
  }

  #nameAt(depth: number): string {
    return this.#elements[this.#open[depth] ?? -1]?.name ?? '';
  }

  #flush(): void {
    const inLink = this.#linkStart >= 0;
    const linked = this.#linkLength + (inLink ? this.#text.length - this.#linkStart : 0);
    const text = tidy(this.#text);
    if (text !== '') {
      const element = this.#open.at(-1) ?? -1;
      const linkShare = Math.min(1, linked / this.#text.length);
      this.#blocks.push({ text, element, linkShare, heading: headingLevel(this.#nameAt(this.#open.length - 1)) });
    }
    this.#text = '';
    this.#linkLength = 0;
    this.#tagLinkStart = -1;
    // A link around whole blocks (a card) goes on in the next one.
    if (inLink) this.#linkStart = 0;
  }
}

const needsTidying = new RegExp(`[\\s${lineBreak}]`);

/** White space as a browser shows it; line breaks written as `<br>` stay. */
function tidy(text: string): string {
  // Most runs of a page of many small ones are one word.
  if (!needsTidying.test(text)) return text;
  return text
    .replace(/\s+/g, ' ')
    .replaceAll(lineBreak, '\n')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
}
