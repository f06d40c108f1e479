import type { Page } from '../page.ts';

export const bahnNachtzug: Page = {
  slug: 'bahn-nachtzug',
  language: 'de',
  section: 'Reise',
  title: 'Mit dem Nachtzug durch Europa: Schlafwagen, Fahrpläne und Tipps',
  description: 'Der Nachtzug ist zurück: welche Strecken sich lohnen und was man im Schlafwagen wissen sollte.',
  author: 'Matthias Krüger',
  published: '2026-07-09',
  body: `<p>Um kurz nach neun fährt der Zug aus der Bahnhofshalle, und die Stadt bleibt als Lichterkette hinter dem Fenster zurück. Wer im Nachtzug reist, gewinnt einen Abend und verliert keinen Tag. Lange galt diese Art zu reisen als Auslaufmodell; inzwischen sind viele Verbindungen wieder auf Wochen ausgebucht.</p>
<h2>Sitzplatz, Liegewagen oder Schlafwagen</h2>
<p>Der Sitzplatz ist billig und nur etwas für junge Rücken. Im Liegewagen teilen sich vier oder sechs Reisende ein Abteil mit gepolsterten Pritschen, Decke und Kissen. Der Schlafwagen bietet richtige Betten, ein Waschbecken und morgens ein Frühstück, das der Schaffner ans Abteil bringt. Wer allein in einem Abteil schlafen möchte, zahlt einen Aufpreis.</p>
<h2>Strecken, die sich lohnen</h2>
<ul><li>Von Hamburg über Basel nach Zürich, mit Sonnenaufgang am Rhein</li><li>Von München nach Rom, nachts über den Brenner</li><li>Von Berlin nach Stockholm, im Sommer bei fast heller Nacht</li><li>Von Wien nach Venedig, Ankunft auf dem Damm über der Lagune</li></ul>
<h2>Praktische Tipps</h2>
<p>Buchen Sie früh, denn die günstigen Kontingente sind begrenzt. Nehmen Sie Ohrstöpsel mit, eine Flasche Wasser und Hausschuhe. Fahrräder müssen reserviert werden, Gepäck dagegen kostet nichts. Bei Verspätung gelten die Fahrgastrechte der Eisenbahn: Ab einer Stunde gibt es ein Viertel des Fahrpreises zurück, ab zwei Stunden die Hälfte.</p>
<p>Auch das Klima profitiert. Eine Nachtzugfahrt von tausend Kilometern verursacht nur einen Bruchteil der Emissionen eines Fluges. Und wer einmal in der Morgendämmerung durch die Alpen gerollt ist, mit einer Tasse Kaffee in der Hand und der Stirn an der Scheibe, wird die Sicherheitskontrolle am Flughafen nicht vermissen.</p>
`,
};
