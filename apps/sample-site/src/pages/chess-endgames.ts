import type { Page } from '../page.ts';

export const chessEndgames: Page = {
  slug: 'chess-endgames',
  language: 'en',
  section: 'Games',
  title: 'Five chess endgames that every club player should know',
  description: 'King and pawn, the Lucena and Philidor positions: rook endgames and opposition explained.',
  author: 'Viktor Anselm',
  published: '2026-02-27',
  body: `<p>Openings fill the bookshelves, but endgames win the points. In a tournament with increments most games that are not decided by a blunder end with kings, a rook each and a handful of pawns. Five positions are enough to play them with confidence.</p>
<h2>1. The opposition</h2>
<p>When two kings face each other with one square between them, the side that does not have to move holds the opposition. The other king must step aside. With king and pawn against king this single idea decides between a win and a draw. Lead with the king, not with the pawn.</p>
<h2>2. The square of the pawn</h2>
<p>Draw a square from the passed pawn to its promotion rank. If the defending king can step into it, the pawn is caught. Calculation becomes geometry, which is a relief when the clock shows eight seconds.</p>
<h2>3. The Lucena position</h2>
<p>Your king stands in front of your pawn on the seventh rank, the enemy king is cut off, and the rooks remain. Build a bridge: move the rook to the fourth rank, step out with the king, and block the checks with the rook. The game is won.</p>
<h2>4. The Philidor position</h2>
<p>The defender keeps the rook on the sixth rank until the pawn advances, then drops it to the first rank and gives checks from behind. The attacking king finds no shelter, and the result is a draw. Passive defence on the back rank loses far more often.</p>
<h2>5. Rook behind the passed pawn</h2>
<p>Tarrasch's rule says that rooks belong behind passed pawns, your own and your opponent's. Behind your own pawn the rook gains squares with each advance; in front of it the rook becomes a guard that cannot leave.</p>
<p>Set the positions up on a board and play them against a friend or an engine, first with white and then with black. An evening of endgame study is worth more rating points than a month of memorised variations.</p>
`,
};
