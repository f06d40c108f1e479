import { describe, expect, it } from 'vitest';
import { customResourceDefinitions } from './definition.ts';
import { SCHEMA_HASH_ANNOTATION, schemaHash } from './schema-hash.ts';

const schema = { type: 'object', description: 'A thing.', properties: { size: { type: 'string', maxLength: 9 } } };

describe('the hash of a schema', () => {
  it('stays when only words or the order of keys change', () => {
    expect(schemaHash({ ...schema, description: 'Another word.' })).toBe(schemaHash(schema));
    expect(schemaHash({ properties: schema.properties, type: 'object' })).toBe(schemaHash(schema));
  });

  it('changes with a bound, a default, a rule or a field', () => {
    const others = [
      { ...schema, properties: { size: { type: 'string', maxLength: 10 } } },
      { ...schema, default: {} },
      { ...schema, 'x-kubernetes-validations': [{ rule: 'true' }] },
      { ...schema, properties: { ...schema.properties, description: { type: 'string' } } },
    ];
    expect(new Set([schema, ...others].map(schemaHash)).size).toBe(others.length + 1);
  });

  it('stands on every definition', () => {
    const hashes = customResourceDefinitions().map(({ metadata, spec }) => {
      expect(metadata.annotations[SCHEMA_HASH_ANNOTATION]).toBe(schemaHash(spec.versions[0]?.schema.openAPIV3Schema));
      return metadata.annotations[SCHEMA_HASH_ANNOTATION];
    });
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
