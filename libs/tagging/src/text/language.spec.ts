import { describe, expect, it } from 'vitest';
import { languageOf, primaryLanguage } from './language.ts';

describe('the language of a page', () => {
  it.each([
    ['de-AT', 'de'],
    ['EN', 'en'],
    ['pt_BR', 'pt'],
    ['nb-NO', 'no'],
    ['deu', 'de'],
    ['zh-Hans-CN', 'zh'],
    ['', ''],
    ['x-klingon', ''],
    ['{{lang}}', ''],
  ])('is the primary part of %s', (tag, expected) => {
    expect(primaryLanguage(tag)).toBe(expected);
  });

  it.each([
    ['en', 'The mayor said on Tuesday that the new bridge over the river will be opened in the spring of next year.'],
    [
      'de',
      'Der Bürgermeister sagte am Dienstag, dass die neue Brücke über den Fluss im nächsten Frühjahr eröffnet wird.',
    ],
    [
      'fr',
      "Le maire a déclaré mardi que le nouveau pont sur la rivière sera ouvert au printemps de l'année prochaine.",
    ],
    ['ja', '市長は火曜日に、川に架かる新しい橋が来年の春に開通すると述べた。新しい橋は長さ二百メートルである。'],
  ])('is detected when the page does not say (%s)', (expected, text) => {
    expect(languageOf('', text)).toBe(expected);
  });

  it('is what the page says, even if the text looks different', () => {
    expect(
      languageOf('nl', 'The mayor said on Tuesday that the new bridge over the river will be opened in spring.'),
    ).toBe('nl');
  });

  it('is undetermined for a few words', () => {
    expect(languageOf('', 'Hello')).toBe('und');
  });
});
