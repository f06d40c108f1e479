/** A word of the text, with what stands before it. */
export type Word = {
  readonly surface: string;
  /** True when something other than white space separates it from the word before: a phrase does not go across. */
  readonly afterBreak: boolean;
  /** How it is joined to the word before: a space, or nothing in scripts without spaces. */
  readonly glue: '' | ' ';
};

const wordPattern =
  /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:(?:['’\-‐]|\.(?=[\p{Ll}\p{N}]))[\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*(?:\+{2}|#)?/gu;
/** Scripts written without spaces: a regular expression finds no words in them. */
const unspacedScript =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;
const scriptSample = 2_000;
/** Segmenting costs about 7 microseconds a character: the first 20,000 are enough to tell the subject. */
const segmentedLength = 20_000;
const segmenters = new Map<string, Intl.Segmenter>();

/** The words of a text in order, at most `limit` of them. */
export function wordsOf(text: string, language: string, limit: number): readonly Word[] {
  return isUnspaced(text)
    ? segmentedWords(text.slice(0, segmentedLength), language, limit)
    : spacedWords(text, language, limit);
}

function isUnspaced(text: string): boolean {
  const sample = text.slice(0, scriptSample);
  return (sample.match(unspacedScript)?.length ?? 0) > sample.length / 5;
}

function spacedWords(text: string, language: string, limit: number): readonly Word[] {
  const words: Word[] = [];
  const clitic = clitics[language];
  let end = -1;
  for (const match of text.matchAll(wordPattern)) {
    if (words.length >= limit) break;
    const bare = clitic === undefined ? match[0] : match[0].replace(clitic, '');
    const elided = bare.length < match[0].length && match[0].endsWith(bare);
    words.push({ surface: bare, afterBreak: elided || !isSpace(text, end, match.index), glue: ' ' });
    end = match.index + match[0].length;
  }
  return words;
}

/** What a language writes onto a word without it being part of the word: elided articles before it, the possessive after it. */
const clitics: Readonly<Record<string, RegExp | undefined>> = {
  en: /['’]s$/i,
  fr: /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’]/i,
  it: /^(?:[cdlmnstv]|dell|nell|all|dall|sull|un|quest|quell)['’]/i,
  ca: /^[dlmnst]['’]/i,
};

/** One or more spaces, and no line break: two lines are two phrases. */
function isSpace(text: string, from: number, to: number): boolean {
  if (from < 0) return false;
  for (let index = from; index < to; index += 1) {
    const character = text[index];
    if (character !== ' ' && character !== '\u00a0' && character !== '\t') return false;
  }
  return to > from;
}

function segmentedWords(text: string, language: string, limit: number): readonly Word[] {
  const words: Word[] = [];
  let broken = true;
  let glue: '' | ' ' = '';
  for (const { segment, isWordLike } of segmenterFor(language).segment(text)) {
    if (words.length >= limit) break;
    if (isWordLike === true) {
      words.push({ surface: segment, afterBreak: broken, glue });
      broken = false;
      glue = '';
    } else if (segment.trim() !== '' || segment.includes('\n')) broken = true;
    else glue = ' ';
  }
  return words;
}

function segmenterFor(language: string): Intl.Segmenter {
  const known = segmenters.get(language);
  if (known !== undefined) return known;
  const supported = /^[a-z]{2}$/.test(language) && Intl.Segmenter.supportedLocalesOf(language).length > 0;
  const segmenter = new Intl.Segmenter(supported ? language : 'en', { granularity: 'word' });
  segmenters.set(language, segmenter);
  return segmenter;
}
