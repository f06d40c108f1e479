import type { Page } from '../page.ts';

export const marathonTraining: Page = {
  slug: 'marathon-training',
  language: 'en',
  section: 'Sport',
  title: 'Training for a first marathon in sixteen weeks',
  description: 'Long runs, easy pace, recovery and food: a plan for runners who want to finish their first marathon.',
  author: 'Samuel Ortega',
  published: '2026-06-01',
  body: `<p>The marathon is forty-two kilometres of ordinary running with an extraordinary last quarter. Almost anybody who can run for an hour today can finish one in sixteen weeks, on condition that most of the training is slower than feels right.</p>
<h2>Easy miles build the engine</h2>
<p>Four out of five runs should be at a pace at which you can talk in whole sentences. Slow running grows capillaries and mitochondria, teaches the muscles to burn fat, and spares the tendons. Runners who race their training arrive at the start tired, or do not arrive at all. A heart rate monitor helps; a friend who likes to talk helps more.</p>
<h2>The long run</h2>
<p>Once a week the distance grows: sixteen kilometres in the first weeks, then two more each week, with every fourth week shorter. Three runs of about thirty kilometres are enough. Practise everything you will do in the race, above all eating. The stomach can be trained like the legs, and sixty grams of carbohydrate an hour keep the famous wall at a distance.</p>
<h2>Speed, but little</h2>
<p>On Tuesdays run intervals or a tempo run of twenty to forty minutes at the pace you could hold for an hour. This raises the lactate threshold and makes marathon pace feel comfortable. Warm up for a quarter of an hour before it and never do it on the day after a long run.</p>
<h2>Recovery and injuries</h2>
<p>Muscles adapt in days, tendons in months. Pain that grows during a run is a message: stop, walk home, rest for two days. Sleep eight hours, replace shoes after seven hundred kilometres, and do ten minutes of strength exercises for calves and hips three times a week.</p>
<h2>Taper and race day</h2>
<p>In the last three weeks halve the kilometres and keep the pace. Start the race more slowly than your plan, drink at every station, and run the second half faster than the first if you can. Few can. Everybody remembers the finish line.</p>
`,
};
