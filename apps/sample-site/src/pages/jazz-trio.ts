import type { Page } from '../page.ts';

export const jazzTrio: Page = {
  slug: 'jazz-trio',
  language: 'en',
  section: 'Music',
  title: 'Listening to a piano trio: how jazz musicians talk to each other',
  description: 'Swing, walking bass and brushes: a guide to hearing the conversation inside a jazz trio.',
  author: 'Loretta Banks',
  published: '2026-03-28',
  body: `<p>A jazz trio of piano, double bass and drums is the smallest orchestra there is. Nobody conducts it. The tune lasts thirty-two bars, after which the musicians improvise on its chords for as many choruses as they like and still arrive together at the end. How do they know?</p>
<h2>The form</h2>
<p>Most standards follow the pattern A A B A: a melody of eight bars, the same again, a bridge in another key, and the first melody once more. The pianist plays the theme, then takes a solo. Listen to the left hand, which drops chords between the phrases; musicians call it comping. The right hand invents lines, quotes other songs, leaves holes.</p>
<h2>Walking bass and ride cymbal</h2>
<p>The bass plays four notes to the bar, one for each beat, walking from chord to chord. The drummer answers on the ride cymbal with the pattern that everyone recognises as swing: long, long-short, long, long-short. Between the two lies the time. If the bassist leans forward and the cymbal lies back, the music floats; if both push, it drives.</p>
<p>With brushes instead of sticks the snare drum whispers, and a ballad can be played so softly that the audience holds its breath. A good drummer also listens for the end of the pianist's phrase and comments with a single stroke on the bass drum. It is called a bomb, whatever its volume.</p>
<h2>Trading fours</h2>
<p>Near the end the musicians trade fours: four bars of piano, four bars of drums, back and forth through the chorus. Try to count along and to keep the melody in your head. When they return to the theme and you land with them on the first beat, you have understood jazz better than any book can explain it.</p>
<p>Begin with recordings made in small clubs, where you hear glasses and laughter. Improvisation is a conversation, and conversations need a room.</p>
`,
};
