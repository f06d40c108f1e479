import type { SchemaNode } from '@tagservice/crd';
import type { Choices } from './values.choices.ts';

/** Of a closed list: every word; and words that are not in it. */
export function words(node: SchemaNode): Choices {
  const list = node['enum'] as readonly string[];
  const [first = ''] = list.filter((word) => word !== '');
  return {
    valid: Object.fromEntries(list.map((word) => [word === '' ? 'empty' : word, word])),
    invalid: {
      unknown: 'Unheard',
      ...(!list.includes('') && { empty: '' }),
      'other case': swapped(first),
      'a number': 1,
    },
  };
}

const swapped = (text: string): string => (text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase());

/** Of a number: its bounds and what is next to them. Of a truth value: both. */
export function numbers(node: SchemaNode): Choices {
  if (node.type === 'boolean')
    return { valid: { true: true, false: false }, invalid: { 'a text': 'true', 'a number': 1 } };
  const [min, max] = [Number(node['minimum']), Number(node['maximum'])];
  const step = node.type === 'integer' ? 1 : 0.001;
  return {
    valid: { min, 'above min': min + step, 'below max': max - step, max },
    invalid: {
      'below the min': min - step,
      'above the max': max + step,
      'a text': String(max),
      ...(node.type === 'integer' && { 'no whole number': min + 0.5 }),
    },
  };
}
