import { describe, expect, it } from 'vitest';
import { FREEZES } from '@tagservice/crd';
import { service } from '../../test/fixtures.ts';
import { isFrozen } from './freeze.ts';

describe('freezing', () => {
  it('holds nothing unless told', () => {
    expect(FREEZES.filter((what) => isFrozen(service(), what))).toEqual([]);
  });

  it.each(FREEZES)('holds %s alone when only that is named', (what) => {
    expect(FREEZES.filter((one) => isFrozen(service({ freeze: [what] }), one))).toEqual([what]);
  });
});
