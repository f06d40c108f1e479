// Deep imports: natural's root loads five database drivers and reads .env.
import german from 'natural/lib/natural/stemmers/porter_stemmer_de.js';
import spanish from 'natural/lib/natural/stemmers/porter_stemmer_es.js';
import french from 'natural/lib/natural/stemmers/porter_stemmer_fr.js';
import italian from 'natural/lib/natural/stemmers/porter_stemmer_it.js';
import dutch from 'natural/lib/natural/stemmers/porter_stemmer_nl.js';
import norwegian from 'natural/lib/natural/stemmers/porter_stemmer_no.js';
import portuguese from 'natural/lib/natural/stemmers/porter_stemmer_pt.js';
import russian from 'natural/lib/natural/stemmers/porter_stemmer_ru.js';
import swedish from 'natural/lib/natural/stemmers/porter_stemmer_sv.js';
import english from 'natural/lib/natural/stemmers/porter_stemmer.js';

type Stem = (word: string) => string;

const stemmers: Readonly<Record<string, { stem: Stem } | undefined>> = {
  en: english,
  de: german,
  es: spanish,
  fr: french,
  it: italian,
  nl: dutch,
  no: norwegian,
  pt: portuguese,
  ru: russian,
  sv: swedish,
};

/** Stems kept per language: natural stems some 60,000 words a second, and the words of pages repeat. */
const stemsKept = 50_000;
const keptByLanguage = new Map<string, Map<string, string>>();
const onlyLetters = /^\p{L}{3,40}$/u;

/** What all forms of a word share, in lower case: for grouping only, never shown. Words with digits or signs are their own stem. */
export function stemOf(word: string, language: string): string {
  const lower = word.toLowerCase();
  const stemmer = stemmers[language];
  if (stemmer === undefined || !onlyLetters.test(lower)) return lower;
  const kept = keptFor(language);
  const known = kept.get(lower);
  if (known !== undefined) return known;
  const stem = stemmer.stem(lower).toLowerCase() || lower;
  if (kept.size >= stemsKept) kept.clear();
  kept.set(lower, stem);
  return stem;
}

function keptFor(language: string): Map<string, string> {
  const kept = keptByLanguage.get(language) ?? new Map<string, string>();
  keptByLanguage.set(language, kept);
  return kept;
}
