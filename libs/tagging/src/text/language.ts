import { franc } from 'franc-min';

/** franc answers ISO 639-3; the rest of the project speaks ISO 639-1. Languages that are not here stay `und`. */
// prettier-ignore
const twoLetters: Readonly<Record<string, string>> = {
  eng: 'en', deu: 'de', fra: 'fr', spa: 'es', ita: 'it', por: 'pt', nld: 'nl', swe: 'sv', nob: 'no', nno: 'no', dan: 'da', fin: 'fi',
  pol: 'pl', ces: 'cs', slk: 'sk', slv: 'sl', hrv: 'hr', bos: 'hr', srp: 'hr', hun: 'hu', ron: 'ro', bul: 'bg', rus: 'ru', ukr: 'uk', bel: 'ru',
  ell: 'el', tur: 'tr', arb: 'ar', pes: 'fa', heb: 'he', hin: 'hi', ben: 'bn', mar: 'mr', guj: 'gu', urd: 'ur', cmn: 'zh', jpn: 'ja', kor: 'ko',
  tha: 'th', vie: 'vi', ind: 'id', zlm: 'ms', tgl: 'tl', swh: 'sw', som: 'so', hau: 'ha', yor: 'yo', zul: 'zu', cat: 'ca', afr: 'af', kur: 'ku',
};

/** Characters that are looked at; more makes the answer slower, not better. */
const sampleLength = 1_000;
/** Below this many characters a guess is right hardly more often than chance. */
const minSample = 40;

/** The ISO 639-1 code of a BCP 47 tag (`de-AT` is `de`); an empty string when it is none. */
export function primaryLanguage(tag: string): string {
  const primary = /^\s*([a-z]{2,3})(?:[-_]|\s*$)/i.exec(tag)?.[1]?.toLowerCase() ?? '';
  if (primary === 'nb' || primary === 'nn') return 'no';
  return primary.length === 3 ? (twoLetters[primary] ?? '') : primary;
}

/** What the page declares, else what its text looks like, else `und`. */
export function languageOf(declared: string, text: string): string {
  const primary = primaryLanguage(declared);
  if (primary !== '') return primary;
  const sample = text.slice(0, sampleLength);
  return sample.length < minSample ? 'und' : (twoLetters[franc(sample)] ?? 'und');
}
