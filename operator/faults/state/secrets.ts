import { createHash } from 'node:crypto';
import type { Renamer } from './mask.ts';

export type SecretData = Readonly<Record<string, string>>;

/** A password as the operator makes them: one word. */
const PASSWORD = /^[\w-]{16,64}$/;

const decoded = (value: string): string => Buffer.from(value, 'base64').toString('utf8');
const symbolOf = (renamer: Renamer, text: string): string =>
  renamer.symbolOf(`secret of ${String(text.length)} characters`, text);

/** Texts that give a password away, and what stands for them. */
export type SecretWords = readonly (readonly [text: string, symbol: string])[];

/** Every password in some Secrets, and its digest. */
export function secretWords(secrets: readonly SecretData[], renamer: Renamer): SecretWords {
  const passwords = secrets.flatMap((data) => Object.values(data).map(decoded)).filter((text) => PASSWORD.test(text));
  return passwords.flatMap((password) => {
    const symbol = symbolOf(renamer, password);
    return [[password, symbol] as const, [digestOf(password), `<digest of ${symbol}>`] as const];
  });
}

const digestOf = (password: string): string => createHash('sha256').update(password).digest('hex');

/**
 * Passwords are made at random: which of them are equal, how long they are, and which one a text was made of belongs to the state. A text
 * without a known password in it is as secret as they are.
 */
export function withoutSecrets(data: SecretData, { words, renamer }: { words: SecretWords; renamer: Renamer }) {
  const shown = Object.entries(data).map(([key, value]) => {
    const text = decoded(value);
    const told = words.reduce((rest, [word, symbol]) => rest.replaceAll(word, symbol), text);
    return [key, told === text ? symbolOf(renamer, text) : told] as const;
  });
  return Object.fromEntries(shown);
}
