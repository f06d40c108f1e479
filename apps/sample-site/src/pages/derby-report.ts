import type { Page } from '../page.ts';

export const derbyReport: Page = {
  slug: 'derby-report',
  language: 'en',
  section: 'Sport',
  title: 'Late header settles a furious derby at the harbour ground',
  description: 'Rovers beat United 2-1 with a stoppage-time goal in front of 31,000 football supporters.',
  author: 'Callum Reyes',
  published: '2026-04-19',
  body: `<p>For eighty-nine minutes the derby had been all noise and very little football. Then a corner was swung in from the left, the goalkeeper hesitated, and Rovers' captain Tom Adeyemi rose between two defenders to head the ball into the far corner. The stadium, which had been grumbling for an hour, became a single roar.</p>
<p>United had started better. Their midfield pressed high, won the second balls and forced three early saves. The opening goal came after twenty-two minutes: a quick throw-in, a low cross, and the striker Luca Marchetti turning his marker to finish from eight metres. It was his fourteenth goal of the league season.</p>
<h2>A change at half-time</h2>
<p>The Rovers coach took off a defender at the interval and moved to a back three. The wing-backs pinned United's full-backs deep, and the equaliser on fifty-eight minutes was the reward. A free kick from thirty metres struck the wall, spun over the stranded goalkeeper and dropped under the bar. The referee waited for the video assistant, who found no offside.</p>
<blockquote><p>We were poor before the break and I told them so. After it they ran for each other, and in a derby that is worth more than any tactic.</p></blockquote>
<p>Both teams had chances to win. Marchetti hit the post, and Rovers had a penalty appeal waved away when the ball appeared to strike an arm. The yellow cards multiplied; the seventh went to a substitute who had not yet touched the ball.</p>
<h2>What it means for the table</h2>
<p>The victory lifts Rovers to fourth place, two points from a European qualifying position with five matches to play. United stay eighth and travel on Saturday without their suspended captain. The clubs meet again in the cup semi-final in May, and tickets sold out within an hour of the final whistle.</p>
`,
};
