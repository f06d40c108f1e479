import type { Page } from '../page.ts';

export const fromageAffinage: Page = {
  slug: 'fromage-affinage',
  language: 'fr',
  section: 'Gastronomie',
  title: "L'affinage du fromage : ce qui se passe dans la cave",
  description: "Comment un fromage mûrit en cave : croûte, moisissures, humidité et gestes de l'affineur.",
  author: 'Camille Perrault',
  published: '2026-03-15',
  body: `<p>Un fromage frais n'a presque pas de goût. C'est dans la cave, pendant des semaines ou des années, que le lait caillé devient un comté, un camembert ou un roquefort. Ce travail lent s'appelle l'affinage, et celui qui le surveille, l'affineur, est autant cuisinier que jardinier.</p>
<h2>Température et humidité</h2>
<p>La plupart des caves sont tenues entre huit et treize degrés, avec une humidité supérieure à quatre-vingt-dix pour cent. Trop sèche, la croûte se fend ; trop humide, des moisissures indésirables s'installent. L'air doit circuler, car le fromage respire : il consomme de l'oxygène et dégage de l'ammoniac.</p>
<h2>La croûte, une frontière vivante</h2>
<p>La croûte fleurie du brie doit sa couleur blanche à un champignon qui digère les protéines et rend la pâte coulante. La croûte lavée du munster est frottée à l'eau salée plusieurs fois par semaine ; des bactéries orangées y prospèrent et donnent une odeur puissante. Les pâtes persillées sont percées d'aiguilles, afin que l'air nourrisse le bleu au cœur du fromage.</p>
<ul><li>Le camembert : trois à cinq semaines d'affinage</li><li>Le reblochon : six à huit semaines, sur des planches d'épicéa</li><li>Le comté : de huit mois à trois ans</li></ul>
<h2>Les gestes de l'affineur</h2>
<p>Il retourne les meules, les frotte, les sonde avec une petite tarière et écoute le son qu'elles rendent sous le marteau. Un creux trahit une fermentation ratée. Chaque lot de lait est différent, selon la saison, l'herbe et le troupeau ; l'affineur ajuste donc la durée et non le calendrier.</p>
<p>À la maison, le fromage se conserve dans le bas du réfrigérateur, enveloppé dans son papier d'origine. Sortez-le une heure avant le repas : au froid, les arômes dorment. Et servez le vin blanc plus souvent que le rouge, car ses acides s'accordent mieux avec le sel et la matière grasse.</p>
`,
};
