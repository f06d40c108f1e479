import type { Page } from '../page.ts';

export const taxFreelancers: Page = {
  slug: 'tax-freelancers',
  language: 'en',
  section: 'Money',
  title: 'Income tax for freelancers: deductions, prepayments and the receipts to keep',
  description: 'What self-employed people should know about tax returns, VAT, deductible expenses and reserves.',
  author: 'Helen Okafor',
  published: '2026-01-08',
  body: `<p>An employee sees tax as a line on a payslip. A freelancer sees the whole sum arrive in the account, and has to remember that part of it belongs to someone else. Most of the trouble that self-employed people have with the tax office comes from that one moment of forgetting.</p>
<h2>Put the money aside</h2>
<p>Open a second account and transfer a fixed percentage of each invoice on the day it is paid. Thirty per cent is enough for many; your adviser can calculate a better figure from last year's assessment. Value added tax is not income at all: you collect it for the state and pass it on with the quarterly return.</p>
<h2>What can be deducted</h2>
<ul><li>Equipment and software, at once or as depreciation over several years, depending on price</li><li>A room used only for work, in proportion to the floor area of the flat</li><li>Travel to clients, at cost or by the kilometre allowance</li><li>Training, professional insurance, bank fees and the accountant's own invoice</li><li>Contributions to a pension scheme, within the annual limit</li></ul>
<p>Expenses must be caused by the business and proved by a receipt. A photograph is accepted if it is legible and archived unchanged; a thermal receipt that has faded in a shoebox is not.</p>
<h2>Prepayments</h2>
<p>After a good year the tax office sets quarterly prepayments on the assumption that the next year will be as good. If your turnover falls, apply for a reduction before the due date rather than after. If it rises, keep the difference: a back payment with interest has closed more small businesses than any recession.</p>
<h2>The return itself</h2>
<p>Income minus expenses is profit, and profit is what is taxed. Keep a simple ledger, reconcile it with the bank statement every month, and file the return electronically. The deadline is the end of July, later with an adviser. Late filing costs a surcharge for each month, even when no tax is due.</p>
`,
};
