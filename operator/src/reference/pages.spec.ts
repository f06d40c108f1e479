import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CONDITION_TYPES } from '@tagservice/crd';
import { describe, expect, it } from 'vitest';
import { actEvents, reasons } from '../reasons.ts';
import { PARTS } from '../service/summary.ts';
import { conditions } from './conditions.ts';
import { conditionsPage, eventsPage } from './pages.ts';
import { PICTURE_BEGIN, PICTURE_END, reconcilePicture, withPicture } from './picture.ts';

const source = resolve(import.meta.dirname, '..');
const isProduct = (path: string): boolean =>
  path.endsWith('.ts') && !path.endsWith('.spec.ts') && path !== 'reasons.ts';
const code = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(isProduct)
  .map((path) => readFileSync(join(source, path), 'utf8'))
  .join('\n');

describe('the reference of conditions', () => {
  it('has every condition that the definition knows, and no other', () => {
    expect(Object.keys(conditions).sort()).toEqual([...CONDITION_TYPES].sort());
    const always = Object.entries(conditions).filter(([, { stands }]) => stands === 'always');
    expect(always.map(([type]) => type)).toEqual(['Ready', ...PARTS]);
  });

  it('has a row for every reason, with its event', () => {
    const page = conditionsPage();
    for (const [reason, entry] of Object.entries(reasons)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${reason}\``));
      expect(row).toContain(entry.meaning);
      expect(row).toContain('event' in entry ? entry.event : 'none');
    }
  });

  it('holds only reasons that the operator really gives', () => {
    const unused = [...Object.keys(reasons), ...Object.keys(actEvents)].filter(
      (reason) => !code.includes(`'${reason}'`),
    );
    expect(unused).toEqual([]);
  });
});

describe('the reference of events', () => {
  it('has a row for every event, and none for reasons without one', () => {
    const page = eventsPage();
    for (const [reason, entry] of Object.entries(reasons))
      expect([reason, page.includes(`| \`${reason}\` |`)]).toEqual([reason, 'event' in entry]);
    for (const reason of Object.keys(actEvents)) expect(page).toContain(`| \`${reason}\` |`);
  });
});

describe('the picture of the reconcile', () => {
  const picture = reconcilePicture([{ concern: 'topics', reports: ['TopicsReady'] }]);

  it('shows each step with the conditions that it answers for', () => {
    expect(picture).toContain('topics["topics<br/>TopicsReady"]');
  });

  it('takes the place of the former one, and the page around it stays', () => {
    const page = `before\n\n${PICTURE_BEGIN}\n\nold\n\n${PICTURE_END}\n\nafter\n`;
    const fresh = withPicture(page, picture) ?? '';
    expect(fresh).toBe(page.replace('old', picture));
    expect(withPicture(fresh, picture)).toBe(fresh);
    expect(withPicture('no place', picture)).toBeUndefined();
  });
});
