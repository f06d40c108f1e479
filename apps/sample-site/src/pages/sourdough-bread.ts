import type { Page } from '../page.ts';

export const sourdoughBread: Page = {
  slug: 'sourdough-bread',
  language: 'en',
  section: 'Food',
  title: 'Sourdough bread without fear: flour, water, salt and patience',
  description: "A baker's method for a sourdough loaf with an open crumb and a dark crust, from starter to oven.",
  author: 'Greta Lindqvist',
  published: '2026-01-23',
  body: `<p>Sourdough has a reputation for difficulty that it does not deserve. The starter is a paste of flour and water in which wild yeast and lactic bacteria live; feed it and it raises bread, forget it and it sulks for a day. Everything else is a matter of temperature and time.</p>
<h2>Ingredients for one loaf</h2>
<ul><li>450 g strong white bread flour</li><li>50 g wholemeal rye flour</li><li>360 g water at 26 degrees</li><li>100 g active starter, fed the evening before</li><li>10 g salt</li></ul>
<h2>Mixing and bulk fermentation</h2>
<p>Mix the flours with the water and let the dough rest for forty minutes. This rest, the autolyse, lets gluten form without kneading. Add the starter and the salt and squeeze them in with wet hands. During the next three hours stretch and fold the dough four times: lift one side, fold it over the middle, turn the bowl, repeat. The dough grows smooth and begins to hold its shape.</p>
<p>The bulk fermentation is finished when the dough has risen by half and trembles when you shake the bowl. At 24 degrees this takes about five hours, in a cold kitchen eight. The clock lies; the dough does not.</p>
<h2>Shaping, proving, baking</h2>
<p>Shape a tight ball, rest it, shape it again and lay it upside down in a floured basket. Overnight in the refrigerator the acids develop and the crust learns to blister. In the morning heat an iron pot in the oven to 250 degrees. Turn the cold loaf out, score it with a razor blade, and bake it for twenty minutes with the lid on and twenty-five without.</p>
<p>The steam under the lid keeps the skin soft while the loaf springs. Take the bread out when the crust is the colour of chestnuts and the base sounds hollow. Then comes the hardest part of baking: wait an hour before you cut the first slice, because the crumb is still setting.</p>
`,
};
