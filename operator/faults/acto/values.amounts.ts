import { formatBytes, formatDuration, parseDuration, parseQuantity, type SchemaNode } from '@tagservice/crd';
import type { Choices, Named } from './values.choices.ts';

/** Of durations and sizes: their bounds, what is next to them, and other spellings. */
export function amounts(node: SchemaNode): Choices {
  const bounds = node['x-tagservice-bounds'];
  if (typeof bounds !== 'string') return pods();
  const [least = '', most = ''] = bounds.split(' to ');
  return node['x-tagservice-type'] === 'duration' ? durations(least, most) : sizes(least, most);
}

const WRONG_DURATIONS: Named = {
  empty: '',
  'without a unit': '5',
  negative: '-5s',
  'unknown unit': '5y',
  'a number': 5,
};
const WRONG_SIZES: Named = {
  empty: '',
  negative: '-5Mi',
  'unknown unit': '5Xi',
  'with exponent': '1e6',
  'a number': 5,
};

function durations(least: string, most: string): Choices {
  const [min, max] = [parseDuration(least), parseDuration(most)];
  return {
    valid: {
      min: least,
      'above min': `${String(min + 1)}ms`,
      'below max': inSmallest(max, -1),
      max: most,
      'max in another unit': inSmallest(max, 0),
      'in parts': inParts(max),
    },
    invalid: {
      'below the min': `${String(min - 1)}ms`,
      'above the max': above(max),
      'too long a text': `${'0'.repeat(16)}${least}`,
      ...WRONG_DURATIONS,
    },
  };
}

/** Numbers have nine digits at most. */
function inSmallest(max: number, more: number): string {
  return max < 1_000_000_000 ? `${String(max + more)}ms` : `${String(max / 1_000 + more)}s`;
}

/** Days have no parts. */
const DAY_MS = 86_400_000;
const above = (max: number): string => (max % DAY_MS === 0 ? formatDuration(max + DAY_MS) : `${String(max + 1)}ms`);

/** The same time in two units. */
function inParts(max: number): string {
  const seconds = Math.floor(max / 1_000);
  return seconds < 2 ? `${String(seconds)}.0s` : `${String(Math.floor(seconds / 60))}m${String(seconds % 60)}s`;
}

function sizes(least: string, most: string): Choices {
  const [min, max] = [parseQuantity(least), parseQuantity(most)];
  return {
    valid: {
      min: least,
      'above min': String(min + 1),
      'below max': String(max - 1),
      max: most,
      'with a fraction': `${String(Math.ceil(min / 2 ** 20) + 1)}.5Mi`,
      'max in kibibytes': `${String(max / 1_024)}Ki`,
      'decimal unit': `${String(Math.ceil(min / 1_000_000))}M`,
    },
    invalid: {
      'below the min': String(min - 1),
      'above the max': formatBytes(max + 1),
      'too long a text': `${'0'.repeat(24)}${least}`,
      ...WRONG_SIZES,
    },
  };
}

/** Amounts of resources as pods have them: numbers and texts. */
function pods(): Choices {
  return {
    valid: {
      zero: 0,
      'the most as a number': 1_000_000_000,
      'a thousandth': '1m',
      'a fraction': '1.5',
      'with a unit': '2k',
    },
    invalid: {
      'unknown unit': '5Xi',
      'negative text': '-1',
      empty: '',
      'too long a text': '9'.repeat(25),
      'a truth': true,
    },
  };
}
