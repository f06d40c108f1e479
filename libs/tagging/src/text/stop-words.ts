import lists from 'stopwords-iso/stopwords-iso.json' with { type: 'json' };

/**
 * Words of the English list that name subjects: the list was made for searching, where they are too frequent to help; as tags they are wanted
 * (a page about operating systems is about a "system").
 */
const englishSubjects = new Set(
  (
    'area areas bill biol computer fire group groups home homes information invention mill microsoft netscape order orders problem problems ' +
    'research room rooms state states system test text web website work works world young youth zero index interest interests key keys member members ' +
    'million billion fact facts case cases'
  ).split(' '),
);

const byLanguage = new Map<string, ReadonlySet<string>>();

/** The words of a language that carry no subject and therefore end a phrase, in lower case. Unknown languages have none. */
export function stopWordsOf(language: string): ReadonlySet<string> {
  const known = byLanguage.get(language);
  if (known !== undefined) return known;
  const list = (lists as Readonly<Record<string, readonly string[] | undefined>>)[language] ?? [];
  const words = new Set(list.filter((word) => language !== 'en' || !englishSubjects.has(word)));
  byLanguage.set(language, words);
  return words;
}
