import type { Tag } from '../page.ts';
import type { FieldKind, Phrase } from './phrases.ts';

/** What standing in a part of the page adds to the weight of a phrase, in shares of its weight from the text alone. */
const signals: Readonly<Partial<Record<FieldKind, number>>> = {
  title: 1.2,
  url: 0.8,
  description: 0.6,
  heading: 0.5,
  keywords: 1.5,
};
const capitalSignal = 0.35;
const wholeSignal = 0.35;
/** Two words make the best tag, one is often too wide and three too narrow. */
const lengthPrior = [1.1, 1.2, 0.9] as const;
/** Share of the occurrences inside a longer phrase that do not count for the shorter one. */
const coveredShare = 0.6;
/** A publisher's keyword that the text does not contain weighs like half an occurrence. */
const absentKeyword = 0.5;

export type RankingOptions = {
  readonly max: number;
  readonly minimumScore: number;
  readonly banned: ReadonlySet<string>;
};

type Ranked = { readonly phrase: Phrase; readonly weight: number; readonly free: number };

/**
 * The phrases that say most about the page, strongest first: frequency, dampened, less what a longer phrase explains; times what the page itself
 * marks as important; less the later it comes. A phrase that mostly occurs inside a stronger one is left out.
 */
export function rankPhrases(phrases: ReadonlyMap<string, Phrase>, options: RankingOptions): readonly Tag[] {
  const covered = coveredCounts(phrases);
  const ranked = [...phrases.values()]
    .filter((phrase) => !options.banned.has(phrase.key))
    .map((phrase) => rank(phrase, covered.get(phrase.key) ?? 0))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || compareKeys(a.phrase.key, b.phrase.key));
  const strongest = ranked[0]?.weight ?? 1;
  const tags: Tag[] = [];
  const chosen: Ranked[] = [];
  for (const candidate of ranked) {
    const score = Math.max(0.0001, Math.round((candidate.weight / strongest) * 10_000) / 10_000);
    if (tags.length >= options.max || score < options.minimumScore) break;
    if (chosen.some((stronger) => isRedundant(candidate, stronger))) continue;
    chosen.push(candidate);
    tags.push({ tag: formOf(candidate.phrase), score, evidence: evidenceOf(candidate.phrase) });
  }
  return tags.sort((a, b) => b.score - a.score || compareKeys(a.tag, b.tag));
}

function rank(phrase: Phrase, coveredCount: number): Ranked {
  const count = occurrences(phrase);
  const free = count - coveredCount;
  const frequency = Math.max(count - coveredShare * coveredCount, phrase.counts.has('keywords') ? absentKeyword : 0);
  const position = 1 + 0.35 * Math.log(1 + phrase.first / 60);
  const prior = lengthPrior[phrase.length - 1] ?? 0;
  return { phrase, free, weight: (Math.log(1 + frequency) * prior * (1 + signalsOf(phrase, count))) / position };
}

/** Occurrences in what people read; the address and the keywords are marks, not text. */
function occurrences(phrase: Phrase): number {
  const { counts } = phrase;
  return (
    (counts.get('body') ?? 0) +
    (counts.get('title') ?? 0) +
    (counts.get('heading') ?? 0) +
    (counts.get('description') ?? 0)
  );
}

function signalsOf(phrase: Phrase, count: number): number {
  let sum = 0;
  for (const kind of phrase.counts.keys()) sum += signals[kind] ?? 0;
  if (phrase.midSentence > 0) sum += capitalSignal * (phrase.capitalised / phrase.midSentence);
  return sum + (count > 0 ? wholeSignal * Math.min(1, phrase.whole / count) : 0);
}

/** For each phrase the number of occurrences of the most frequent longer phrase around it. */
function coveredCounts(phrases: ReadonlyMap<string, Phrase>): Map<string, number> {
  const covered = new Map<string, number>();
  for (const phrase of phrases.values()) {
    const count = occurrences(phrase);
    for (const part of partsOf(phrase.key)) covered.set(part, Math.max(covered.get(part) ?? 0, count));
  }
  return covered;
}

function partsOf(key: string): readonly string[] {
  const stems = key.split(' ');
  const parts: string[] = [];
  for (let length = 1; length < stems.length; length += 1) {
    for (let from = 0; from + length <= stems.length; from += 1) parts.push(stems.slice(from, from + length).join(' '));
  }
  return parts;
}

/** Inside a stronger phrase a shorter one must stand alone at least half of the time; around a stronger one it must add a frequent word. */
function isRedundant(candidate: Ranked, stronger: Ranked): boolean {
  const outer = ` ${stronger.phrase.key} `;
  const inner = ` ${candidate.phrase.key} `;
  if (outer.includes(inner)) return candidate.free < occurrences(candidate.phrase) / 2;
  return inner.includes(outer) && occurrences(candidate.phrase) < 2 && !candidate.phrase.counts.has('title');
}

/** The most frequent form; of equally frequent ones the first of the page. */
function formOf(phrase: Phrase): string {
  let best = '';
  let most = 0;
  for (const [form, count] of phrase.forms) {
    if (count <= most) continue;
    best = form;
    most = count;
  }
  return best;
}

function evidenceOf(phrase: Phrase): readonly string[] {
  const kinds: readonly FieldKind[] = ['title', 'heading', 'description', 'url', 'keywords'];
  const body = phrase.counts.get('body') ?? 0;
  return [...kinds.filter((kind) => phrase.counts.has(kind)), ...(body > 0 ? [`body:${String(body)}`] : [])];
}

/** By code units, so that the order is the same on every machine. */
function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
