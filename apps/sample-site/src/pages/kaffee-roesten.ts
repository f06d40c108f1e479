import type { Page } from '../page.ts';

export const kaffeeRoesten: Page = {
  slug: 'kaffee-roesten',
  language: 'de',
  section: 'Genuss',
  title: 'Kaffee selbst rösten: von der grünen Bohne zum Espresso',
  description: 'Wie man Rohkaffee zu Hause röstet, woran man den ersten Knack erkennt und warum Kaffee ruhen muss.',
  author: 'Johanna Wieland',
  published: '2026-04-03',
  body: `<p>Rohkaffee riecht nach Heu und sieht aus wie kleine graugrüne Kiesel. Erst die Hitze macht daraus jenes Aroma, für das Menschen morgens aufstehen. Wer seinen Kaffee selbst röstet, braucht dafür weder eine Trommel noch ein Studium: Eine schwere Pfanne, ein Holzlöffel und ein offenes Fenster genügen für den Anfang.</p>
<h2>Die Röstung in vier Abschnitten</h2>
<p>Zuerst trocknen die Bohnen und werden gelb; das dauert etwa fünf Minuten. Danach bräunen sie, und in der Küche riecht es nach geröstetem Brot. Bei ungefähr 196 Grad hört man den ersten Knack, ein Geräusch wie Popcorn: Der Wasserdampf sprengt die Zellen. Wer jetzt aufhört, erhält eine helle Röstung mit viel Säure und fruchtigen Noten, ideal für Filterkaffee.</p>
<p>Für Espresso röstet man weiter, bis kurz vor den zweiten Knack. Die Bohnen werden dunkelbraun, die Säure nimmt ab, Süße und Körper nehmen zu. Sobald Öl auf der Oberfläche glänzt, ist es für die meisten Sorten zu spät, und der Kaffee schmeckt nach Asche.</p>
<h2>Abkühlen und ruhen lassen</h2>
<p>Die heißen Bohnen rösten weiter, solange sie heiß sind. Schütten Sie sie in ein Sieb und bewegen Sie sie vor einem Ventilator, bis sie handwarm sind; dabei fliegen auch die Silberhäutchen davon. Frisch gerösteter Kaffee gibt mehrere Tage lang Kohlendioxid ab. Lassen Sie ihn zwei Tage ruhen, für Espresso eine Woche, in einer Tüte mit Ventil.</p>
<h2>Bohnen und Mahlgrad</h2>
<ul><li>Äthiopische Sorten: blumig, mit Noten von Zitrus und Tee</li><li>Brasilianische Sorten: nussig, schokoladig, wenig Säure</li><li>Sumatra: erdig, würzig, schwerer Körper</li></ul>
<p>Mahlen Sie erst unmittelbar vor dem Brühen. Ein gutes Mahlwerk verändert den Geschmack in der Tasse stärker als jede Maschine. Notieren Sie Zeit, Temperatur und Gewicht jeder Röstung; nach zehn Versuchen wissen Sie mehr über Kaffee als die meisten Cafés.</p>
`,
};
