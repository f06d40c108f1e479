import type { Page } from '../page.ts';

export const alpineCycling: Page = {
  slug: 'alpine-cycling',
  language: 'en',
  section: 'Travel',
  title: 'Six mountain passes by bicycle: a week of cycling in the Alps',
  description: 'A route over six Alpine passes for ambitious cyclists, with gradients, gears, weather and huts.',
  author: 'Nils Brandner',
  published: '2026-06-14',
  body: `<p>The first pass is always the longest, even when it is not. Legs that were fast on the plain discover that a gradient of nine per cent has its own sense of time. By the third day something changes: the breathing settles, the cadence stays above seventy, and the hairpins turn from a threat into a rhythm.</p>
<h2>The route</h2>
<p>The tour begins and ends at a railway station in the valley and crosses six passes in seven days, 540 kilometres with 12,400 metres of climbing. The longest stage has 98 kilometres and two summits; the fourth day is a rest day beside a lake. All roads are paved, and cars are banned on two of the passes on Sunday mornings in summer.</p>
<h2>Bicycle and gears</h2>
<p>Bring lower gears than your pride suggests. A compact chainset with a cassette up to 34 teeth lets you sit and spin at eight kilometres an hour. Disc brakes spare your hands on descents of twenty kilometres. Fit tyres of at least 28 millimetres at moderate pressure: they roll as fast as narrow ones and grip better on wet asphalt.</p>
<ul><li>Two inner tubes, a pump, tyre levers and a chain link</li><li>A wind jacket, arm warmers and long gloves for the descent</li><li>Front and rear lights for the tunnels</li></ul>
<h2>Weather and food</h2>
<p>Start at six. Thunderstorms build over the ridges after two in the afternoon, and a summit at 2,500 metres is a bad place for a steel frame. Eat before you are hungry: sixty grams of carbohydrate an hour, from rice cakes, bananas or whatever the bakery sells. Water fountains stand in nearly every village and are marked on the map of the cycling club.</p>
<p>At the last summit a wooden sign gives the altitude and nothing else. Riders lean their bicycles against it, take the same photograph as everyone, and put on every layer they have carried up. Then comes the descent, the real wage of climbing.</p>
`,
};
