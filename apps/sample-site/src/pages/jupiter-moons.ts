import type { Page } from '../page.ts';

export const jupiterMoons: Page = {
  slug: 'jupiter-moons',
  language: 'en',
  section: 'Science',
  title: "Watching Jupiter's moons with a pair of binoculars",
  description: 'What amateur astronomy can show on a clear night: the four Galilean moons, their orbits and eclipses.',
  author: 'Dr. Amara Siddiqui',
  published: '2026-05-02',
  body: `<p>In January 1610 Galileo turned a poor telescope towards Jupiter and saw three small stars in a line beside the planet, then four. Over the following nights they moved, but never left it. He had found the first moons of another world, and with them the proof that not everything turns around the Earth.</p>
<h2>What you need</h2>
<p>Any binoculars with a magnification of eight or ten will repeat his discovery, provided you can keep them still. Lean on a wall, or fix them to a photographic tripod. Jupiter is the brightest point in the evening sky this month, higher and steadier than any aircraft, in the constellation Gemini. Under good seeing its disc looks like a tiny coin, and the moons like grains of salt on either side.</p>
<h2>Io, Europa, Ganymede, Callisto</h2>
<p>Io, the innermost, circles the planet in less than two days; you can notice its movement within an hour. Europa takes three and a half days, Ganymede seven, Callisto nearly seventeen. The first three keep step in a resonance of one to two to four, so that they can never all stand on the same side together.</p>
<p>Ganymede is larger than the planet Mercury. Europa hides an ocean of salt water under its ice, which two space probes are on their way to study. Io is the most volcanic body of the solar system, kneaded by the tides of Jupiter's gravity.</p>
<h2>Eclipses and shadows</h2>
<p>With a small telescope of ten centimetres you can follow the eclipses: a moon slides into the planet's shadow and goes out over three minutes, like a lamp being turned down. Transits are harder, for the shadow is a black dot the width of a hair. Almanacs list the times to the minute. Ole Rømer used exactly these tables in 1676 to show that light needs time to travel, since the eclipses came late when Jupiter was far away.</p>
<p>Let your eyes adapt to the darkness for twenty minutes, switch off the telephone, and draw what you see. A notebook of such sketches is a small orbit calculation waiting to be done.</p>
`,
};
