import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { policyJsonSchema } from '../../src/policy/schema.ts';

const example: unknown = parse(readFileSync(new URL('../../policy.example.yaml', import.meta.url), 'utf8'));

describe('policyJsonSchema', () => {
  const validate = new Ajv2020({ strict: false }).compile(policyJsonSchema());

  it('accepts the example', () => {
    expect(validate(example)).toBe(true);
  });

  it.each([
    ['an unknown setting', { extra: 1 }],
    ['a missing setting', { partner: undefined }],
    ['a duration without unit', { limits: { max: '12' } }],
    ['a name in capitals', { groups: { Team: { people: ['9d6b1b7e-58b5-4f4e-8d55-7b0c1c0a4e02'] } } }],
  ])('refuses %s', (_, change) => {
    expect(validate(JSON.parse(JSON.stringify({ ...(example as object), ...change })))).toBe(false);
  });

  it('is the one kept for editors', () => {
    const kept: unknown = JSON.parse(
      readFileSync(new URL('../../manifests/policy.schema.json', import.meta.url), 'utf8'),
    );
    expect(kept).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
  });
});
