import type { Page } from '../page.ts';

export const databaseIndexes: Page = {
  slug: 'database-indexes',
  language: 'en',
  section: 'Technology',
  title: 'How a database index works, and when it makes queries slower',
  description: 'B-trees, selectivity and the price of every write: what a PostgreSQL index does behind a SQL query.',
  author: 'Idris Novak',
  published: '2026-03-04',
  body: `<p>A table without an index is a pile of paper. To find the rows of one customer the database has to read every page from the disk, which is called a sequential scan. An index is a second, sorted structure that points into the pile. In PostgreSQL, MySQL and SQLite the usual structure is the B-tree.</p>
<h2>The B-tree in two minutes</h2>
<p>A B-tree is shallow and wide. Each node holds hundreds of keys, so a tree of four levels can address billions of rows. A lookup reads one page per level, and the upper levels are almost always in the buffer cache. That is why a query on a primary key takes a fraction of a millisecond whether the table holds a thousand rows or a hundred million.</p>
<pre><code>CREATE INDEX orders_by_customer ON orders (customer_id, created_at DESC);
EXPLAIN ANALYZE SELECT * FROM orders WHERE customer_id = 42 ORDER BY created_at DESC LIMIT 20;</code></pre>
<p>The composite index above answers both the filter and the sort. The order of columns matters: an index on customer and date cannot help a query that filters on date alone.</p>
<h2>When the planner ignores your index</h2>
<p>If a predicate matches a third of the table, random access through the index costs more than reading everything in sequence. The planner knows this from statistics about selectivity, and it is usually right. When it is wrong, the statistics are stale: run <code>ANALYZE</code> before you blame the optimizer.</p>
<h2>The price of writes</h2>
<p>Each insert has to update every index of the table, each update of an indexed column writes a new entry, and vacuum has to clean up the dead ones. A table with twelve indexes may accept only a quarter of the transactions that it accepts with two. Drop indexes that no query has used for a month; the view <code>pg_stat_user_indexes</code> counts the scans.</p>
<p>An index is a trade of storage and write throughput for read latency. Measure both sides of the bargain with realistic data before a migration reaches production.</p>
`,
};
