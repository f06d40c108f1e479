import type { Page } from '../page.ts';

export const pruningRoses: Page = {
  slug: 'pruning-roses',
  language: 'en',
  section: 'Gardening',
  title: 'Pruning roses in late winter: where to cut and why',
  description:
    'How to prune hybrid teas, climbers and old shrub roses at the end of winter so that they flower well in June.',
  author: 'Marian Holt',
  published: '2026-02-11',
  body: `<p>Few jobs in the garden frighten beginners as much as pruning roses, and few are so forgiving. A rose that is cut badly will flower less for a summer; a rose that is never cut turns into a thicket of old wood with a few blooms at the top. The best moment comes at the end of winter, when the buds begin to swell but before the first leaves unfold.</p>
<h2>Tools and hygiene</h2>
<p>Use sharp secateurs with a bypass blade. Blunt blades crush the stem and the wound dies back. Wipe the blade with alcohol between plants, because black spot and canker travel on the steel. For stems thicker than a thumb take loppers or a small pruning saw.</p>
<h2>Where to cut</h2>
<p>Begin with what is dead, diseased or damaged. Dead wood is brown and dry all the way through; healthy wood shows a pale green ring. Then remove stems that cross and rub. Open the centre of the shrub so that air can move, which is the cheapest protection against mildew.</p>
<ul><li>Hybrid teas and floribundas: shorten the strong stems to five or six buds, the weak ones to two or three.</li><li>Climbing roses: keep the framework, tie new canes horizontally, shorten the side shoots to two buds.</li><li>Old shrub roses that flower once: leave them alone until after flowering, then thin a third of the oldest stems.</li></ul>
<p>Every cut sits half a centimetre above an outward-facing bud and slopes away from it, so that rain runs off. If you find no bud, cut anyway: roses wake dormant eyes.</p>
<h2>After pruning</h2>
<p>Rake up the old leaves, since the spores of black spot spend the winter on them. Feed with compost or a slow fertiliser, mulch the soil with five centimetres of well-rotted manure, and keep the mulch away from the stems. By the middle of April the new shoots will be as long as a hand, and the rose will have forgiven you everything.</p>
`,
};
