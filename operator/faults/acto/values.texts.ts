import type { SchemaNode } from '@tagservice/crd';
import type { Field } from './fields.ts';
import type { Choices, Named } from './values.choices.ts';

/** Where the letter `a` twice is no good text, one that is. */
const SAMPLES: readonly (readonly [text: RegExp, sample: string])[] = [
  [/brokers\[\]$/, 'a:9092'],
  [/(allowedNetworks|trustedProxies)\[\]$/, '10.0.0.0/8'],
  [/jwksUrl$/, 'https://a'],
  [/otlpEndpoint$/, 'http://a'],
];

/** What a pattern lets through and a rule beside it does not: only these texts are edges. */
const EDGES: readonly (readonly [text: RegExp, valid: Named])[] = [
  [
    /(allowedNetworks|trustedProxies)\[\]$/,
    {
      'all of IPv4': '0.0.0.0/0',
      'one address': '10.1.2.3/32',
      IPv6: 'fd00::/8',
      'one address of IPv6': 'fd00::1/128',
    },
  ],
  [
    /jwksUrl$/,
    {
      shortest: 'https://a',
      longest: `https://a/${'b'.repeat(1_014)}`,
      'without TLS': 'http://keys.auth.svc/certs',
      'special characters': 'https://keys.example:8443/~a_b?c=%20&d=$e',
    },
  ],
  [
    /otlpEndpoint$/,
    {
      shortest: 'http://a',
      longest: `http://a/${'b'.repeat(503)}`,
      'special characters': 'https://user@collector.here:4318/v1/~a_b?c=%20&d=$e',
    },
  ],
  [/nodeSelector\./, { empty: '', shortest: 'a', longest: 'a'.repeat(63), 'special characters': 'A1-b_c.d' }],
];

const PRINTABLE = Array.from({ length: 95 }, (_none, index) => String.fromCharCode(32 + index));
const BEYOND = ['\n', '\t', 'ä', '€', '\u{1F600}'];

/** Of a text: the shortest, the longest, every character that is allowed within; and those next to them. */
export function texts({ text, node }: Field): Choices {
  const fits = fitting(node);
  const sample = SAMPLES.find(([pattern]) => pattern.test(text))?.[1] ?? LETTERS;
  const { most, least } = lengthsOf(node);
  const longest = stretched(sample, most, fits) ?? sample;
  return {
    valid: EDGES.find(([pattern]) => pattern.test(text))?.[1] ?? {
      ...(least === 0 && { empty: '' }),
      shortest: sample === LETTERS ? 'a' : sample,
      longest,
      'special characters': withSpecials(sample, most, fits),
    },
    invalid: {
      ...refused(sample, fits),
      ...(least > 0 && { empty: '' }),
      'too long': tooLong(longest, most),
      'a number': 1,
    },
  };
}

/** Good for most texts. */
const LETTERS = 'aa';

function lengthsOf(node: SchemaNode): { most: number; least: number } {
  const { maxLength = Number.MAX_SAFE_INTEGER, minLength = 0 } = node as { maxLength?: number; minLength?: number };
  return { most: maxLength, least: minLength };
}

type Fits = (text: string) => boolean;

/** By length and pattern; rules in CEL are tried with the texts of EDGES. */
function fitting(node: SchemaNode): Fits {
  const { most, least } = lengthsOf(node);
  const pattern = node['pattern'] as string | undefined;
  const shape = pattern === undefined ? undefined : new RegExp(pattern);
  return (text) => text.length <= most && text.length >= least && (shape?.test(text) ?? true);
}

/** A text made longer in the first place where that fits, up to a length. */
function stretched(sample: string, length: number, fits: Fits): string | undefined {
  const places = Array.from(
    sample,
    (_letter, at) => sample.slice(0, at) + (sample[at] ?? '').repeat(length - sample.length) + sample.slice(at),
  );
  return places.find(fits);
}

/** One too long, of letters that would fit. */
function tooLong(longest: string, length: number): string {
  const middle = longest.search(/[a-z0-9]/);
  return (
    longest.slice(0, middle) + (longest[middle] ?? 'a').repeat(length + 1 - longest.length) + longest.slice(middle)
  );
}

/** The sample with every character in it that may stand there, at the place where most of them may. */
function withSpecials(sample: string, length: number, fits: Fits): string {
  const places = Array.from({ length: sample.length + 1 }, (_none, at) =>
    filledAt(sample, at, (text) => text.length <= length && fits(text)),
  );
  return places.toSorted((one, other) => other.length - one.length)[0] ?? sample;
}

function filledAt(sample: string, at: number, fits: Fits): string {
  let text = sample;
  for (const letter of [...PRINTABLE, ...BEYOND]) {
    const more = text.slice(0, at) + letter + text.slice(at);
    if (fits(more)) text = more;
  }
  return text;
}

/** The sample with characters that may not stand in it. */
function refused(sample: string, fits: Fits): Named {
  const letter = [...PRINTABLE, ...BEYOND].find((one) => !fits(sample + one + sample));
  const other = BEYOND.find((one) => !fits(one + sample));
  return {
    ...(letter !== undefined && { 'a wrong character': sample + letter + sample }),
    ...(other !== undefined && { 'a line break': other + sample }),
  };
}
