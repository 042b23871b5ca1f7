import {html} from '../vendor/preact.js';
import {decimal} from '../format.js';
import {useListing} from '../resource.js';
import {SearchField, Segments, useFilters} from '../parts/filters.js';
import {Listing} from '../parts/table.js';
import {Amount, Badge, BotLink, Direction, PageHead, Ticker, Time} from '../parts/ui.js';

const kStates = [['', 'All'], ['PENDING', 'Pending'], ['EXECUTING', 'Executing'],
                 ['COMPLETED', 'Completed'], ['FAILED', 'Failed']];

export const TradeState = ({trade}) => html`<span class="inline">
  <${Badge} state=${trade.status} />
  ${trade.outcome_unknown && html`<${Badge} tone="bad">Outcome unknown<//>`}</span>`;

const kColumns = [
  {key: 'created', label: 'Created', cell: (row) => html`<${Time} at=${row.created_at} />`},
  {key: 'bot', label: 'Bot', span: true, cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'symbol', label: 'Symbol', cell: (row) => html`<${Ticker} value=${row.symbol} />`},
  {key: 'direction', label: 'Type', cell: (row) => html`<${Direction} value=${row.direction} />`},
  {key: 'quantity', label: 'Quantity', num: true, cell: (row) => decimal(row.quantity)},
  {key: 'entry', label: 'Price', num: true, cell: (row) => html`<${Amount} value=${row.entry} />`},
  {key: 'status', label: 'State', cell: (row) => html`<${TradeState} trade=${row} />`},
  {key: 'attempts', label: 'Attempts', num: true, phone: false, roomy: true,
   cell: (row) => row.attempts},
  {key: 'reason', label: 'Reason', span: true, wide: true, cell: (row) => html`
      <code>${row.reason}</code>${row.error_message && html`<br />
      <span class="loss small">${row.error_message}</span>`}`},
  {key: 'open', label: 'Details',
   cell: (row) => html`<a href=${`#/trades/${encodeURIComponent(row.id)}`}
       aria-label=${`Open the trade of ${row.bot}, ${row.symbol}`}>Open</a>`},
];

export function TradesView() {
  const [filters, setFilters] = useFilters();
  const listing = useListing('/api/trades', {
    bot: filters.bot, symbol: filters.symbol, status: filters.status,
  }, {on: (event) => event.kind.startsWith('trade.')});
  return html`<${PageHead} title="Trades" sub="The trade queue and what became of it." />
    <div class="toolbar">
      <${Segments} label="State" value=${filters.status || ''} options=${kStates}
          onChange=${(status) => setFilters({status})} />
      <${SearchField} label="Bot" value=${filters.bot || ''} placeholder="Bot"
          onChange=${(bot) => setFilters({bot})} />
      <${SearchField} label="Symbol" value=${filters.symbol || ''} placeholder="Symbol"
          onChange=${(symbol) => setFilters({symbol})} />
    </div>
    <div class="panel flush"><${Listing} listing=${listing} columns=${kColumns} caption="Trades"
        hrefOf=${(row) => `#/trades/${encodeURIComponent(row.id)}`} empty="No trade"
        emptyHint="A trade stands here as soon as a signal is accepted." /></div>`;
}
