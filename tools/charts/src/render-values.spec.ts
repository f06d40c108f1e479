import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { valuesSchema, valuesTable, valuesYaml } from './render-values.ts';
import { choice, flag, section, text, textMap, texts, values, whole } from './values-kit.ts';

const sample = values({
  replicas: whole('Pods.', 2, { minimum: 1, maximum: 5 }),
  image: section('The image.', { tag: text('A | B.', ''), policy: choice('When.', 'Always', ['Always', 'Never']) }),
  labels: textMap('Labels.', { a: 'b' }),
  networks: texts('Networks.', ['10.0.0.0/8']),
  debug: flag('Verbose.', false),
});

describe('values.yaml', () => {
  it('holds every value with its default under its description', () => {
    const yaml = valuesYaml(sample);
    expect(parse(yaml)).toEqual({
      replicas: 2,
      image: { tag: '', policy: 'Always' },
      labels: { a: 'b' },
      networks: ['10.0.0.0/8'],
      debug: false,
    });
    expect(yaml).toContain('  # When.\n  policy: Always\n');
  });

  it('wraps long descriptions into comments and never breaks the values', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 80 }), fc.string(), (description, initial) => {
        const yaml = valuesYaml(values({ outer: section(description, { inner: text(description, initial) }) }));
        expect(parse(yaml)).toEqual({ outer: { inner: initial } });
        for (const line of yaml.split('\n').filter((one) => one.trimStart().startsWith('#')))
          expect(line.length).toBeLessThanOrEqual(120);
      }),
    );
  });
});

describe('values.schema.json', () => {
  it('takes no key that is not declared, at any depth', () => {
    const schema = JSON.parse(valuesSchema(sample)) as {
      additionalProperties: unknown;
      properties: { image: { additionalProperties: unknown } };
    };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.image.additionalProperties).toBe(false);
  });
});

describe('the table of a README', () => {
  it('has a row for every value, with bars escaped', () => {
    const rows = valuesTable(sample).split('\n').slice(2);
    expect(rows.map((row) => row.split('`')[1])).toEqual([
      'replicas',
      'image.tag',
      'image.policy',
      'labels',
      'networks',
      'debug',
    ]);
    expect(rows[1]).toContain(String.raw`A \| B.`);
    expect(rows[0]).toContain('1 to 5');
  });
});
