import { stemOf } from '../text/stems.ts';
import { stopWordsOf } from '../text/stop-words.ts';
import { wordsOf, type Word } from '../text/words.ts';

/** Where in a page a text stands. */
export type FieldKind = 'title' | 'heading' | 'description' | 'url' | 'keywords' | 'body';
export type Field = { readonly kind: FieldKind; readonly text: string };

/** All occurrences of one phrase, whatever the forms of its words. */
export type Phrase = {
  /** The stems in order: equal for `tag service`, `Tag-Services`. */
  readonly key: string;
  /** Number of words, 1 to 3. */
  readonly length: number;
  readonly counts: Map<FieldKind, number>;
  /** Words before the first occurrence, counted from the start of its field. */
  first: number;
  /** The forms in which it occurs, with their number; forms of the running text count double so that title case does not win. */
  readonly forms: Map<string, number>;
  /** Occurrences in the middle of a sentence, and those of them that begin with a capital letter. */
  midSentence: number;
  capitalised: number;
  /** Occurrences that fill everything between two stop words or punctuation marks. */
  whole: number;
};

export const maxPhraseWords = 3;
/** Words of the main text in which phrases are looked for: later ones repeat the subject or leave it. */
export const maxBodyWords = 8_000;
const maxFieldWords = 200;
/** An address in the text names no subject: its parts are no words. */
const address = /\b(?:https?:\/\/|www\.)\S+/gi;
const maxWordLength = 40;

type Token = Word & { readonly stem: string; readonly carries: boolean };
type Occurrence = { readonly field: FieldKind; readonly position: number; readonly whole: boolean };

/** Every phrase of one to three words that no stop word, number or punctuation mark interrupts, by its key. */
export function phrasesOf(fields: readonly Field[], language: string): Map<string, Phrase> {
  const phrases = new Map<string, Phrase>();
  for (const field of fields) {
    for (const { run, start } of runsOf(tokensOf(field, language))) addRun(phrases, run, { field: field.kind, start });
  }
  return phrases;
}

/** The key under which a phrase is found, whatever the forms of its words. */
export function phraseKey(text: string, language: string): string {
  return wordsOf(text, language, maxFieldWords)
    .map((word) => keyPart(word.surface, language))
    .join(' ');
}

function keyPart(surface: string, language: string): string {
  return surface.includes('-')
    ? surface
        .split('-')
        .map((part) => stemOf(part, language))
        .join(' ')
    : stemOf(surface, language);
}

function tokensOf(field: Field, language: string): readonly Token[] {
  const stops = stopWordsOf(language);
  const shouting = !/\p{Ll}/u.test(field.text);
  const limit = field.kind === 'body' ? maxBodyWords : maxFieldWords;
  return wordsOf(field.text.replace(address, ' | '), language, limit).map((word) => {
    const isAcronym = !shouting && word.surface.length > 1 && /^\p{Lu}+$/u.test(word.surface);
    // "AI" and "TV" are subjects although their lower-case forms are stop words; "IT" is one, too, when it is written so.
    const isStop = stops.has(word.surface.toLowerCase().replaceAll('’', "'")) && !isAcronym;
    return { ...word, stem: keyPart(word.surface, language), carries: !isStop && mayCarry(word.surface) };
  });
}

function mayCarry(surface: string): boolean {
  return surface.length <= maxWordLength && (surface.length > 1 || /[^\p{Script=Latin}\p{N}]/u.test(surface));
}

function* runsOf(tokens: readonly Token[]): Generator<{ run: readonly Token[]; start: number }> {
  let start = 0;
  for (let index = 0; index <= tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.carries === true && !token.afterBreak) continue;
    if (index > start) yield { run: tokens.slice(start, index), start };
    start = token?.carries === true ? index : index + 1;
  }
}

function addRun(phrases: Map<string, Phrase>, run: readonly Token[], at: { field: FieldKind; start: number }): void {
  for (let from = 0; from < run.length; from += 1) {
    let key = '';
    for (let length = 1; length <= maxPhraseWords && from + length <= run.length; length += 1) {
      const last = run[from + length - 1];
      if (last === undefined) break;
      key = length === 1 ? last.stem : `${key} ${last.stem}`;
      const words = run.slice(from, from + length);
      if (!isNameable(words)) continue;
      addOccurrence(phraseAt(phrases, key, length), words, {
        field: at.field,
        position: at.start + from,
        whole: length === run.length,
      });
    }
  }
}

/** A tag begins with a letter and does not end in a bare year or number of more than two digits ("covid-19" and "web 2" may). */
function isNameable(words: readonly Token[]): boolean {
  return /^\p{L}/u.test(words[0]?.surface ?? '') && !/^\p{N}{3,}$/u.test(words.at(-1)?.surface ?? '');
}

function phraseAt(phrases: Map<string, Phrase>, key: string, length: number): Phrase {
  const known = phrases.get(key);
  if (known !== undefined) return known;
  const phrase: Phrase = {
    key,
    length,
    counts: new Map(),
    first: Infinity,
    forms: new Map(),
    midSentence: 0,
    capitalised: 0,
    whole: 0,
  };
  phrases.set(key, phrase);
  return phrase;
}

function addOccurrence(phrase: Phrase, words: readonly Token[], at: Occurrence): void {
  const head = words[0];
  if (head === undefined) return;
  const isMidSentence = at.field === 'body' && !head.afterBreak;
  const form = words.map((word, index) => (index === 0 ? word.surface : word.glue + word.surface)).join('');
  phrase.counts.set(at.field, (phrase.counts.get(at.field) ?? 0) + 1);
  phrase.first = Math.min(phrase.first, at.position);
  phrase.forms.set(form, (phrase.forms.get(form) ?? 0) + (isMidSentence ? 2 : 1));
  if (at.whole) phrase.whole += 1;
  if (!isMidSentence) return;
  phrase.midSentence += 1;
  if (/^\p{Lu}/u.test(head.surface)) phrase.capitalised += 1;
}
