import {html} from '../vendor/preact.js';
import {decimal} from '../format.js';
import {useListing} from '../resource.js';
import {SearchField, Segments, useFilters} from '../parts/filters.js';
import {Listing} from '../parts/table.js';
import {Amount, Badge, BotLink, Direction, Dust, Money, PageHead, Profit, Ticker, Time}
    from '../parts/ui.js';

const kStates = [['OPEN', 'Open'], ['CLOSED', 'Closed'], ['ALL', 'All']];
const kPricesMs = 5000;  // between looks at what they are worth
const level = (value) => Number(value) ? html`<${Amount} value=${value} />` : null;

const kColumns = [
  {key: 'bot', label: 'Bot', span: true, cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'symbol', label: 'Symbol', cell: (row) => html`<${Ticker} value=${row.symbol} />`},
  {key: 'side', label: 'Side', cell: (row) => html`<${Direction} value=${row.side} />`},
  {key: 'quantity', label: 'Quantity', num: true,
   cell: (row) => html`${decimal(row.status === 'CLOSED' ? row.total_entered : row.quantity)}${
       row.dust ? html` <${Dust} />` : ''}`},
  {key: 'average', label: 'Entry', num: true,
   cell: (row) => html`<${Amount} value=${row.average_entry} />`},
  {key: 'mark', label: 'Price now', num: true, roomy: true,
   cell: (row) => html`<${Amount} value=${row.mark} />`},
  {key: 'unrealized', label: 'Unrealised', num: true, cell: (row) => row.status === 'OPEN'
      ? html`<${Profit} value=${row.unrealized} />` : html`<span class="muted">–</span>`},
  // Less fees, and with what funding brought, as that of its bot.
  {key: 'profit', label: 'Realised, net', num: true,
   cell: (row) => html`<${Profit} value=${row.profit} />`},
  {key: 'stop', label: 'Stop', num: true, cell: (row) => level(row.stop_loss) ||
      (row.status === 'OPEN' ? html`<span class="loss">none</span>` : '–')},
  {key: 'target', label: 'Target', num: true, cell: (row) => level(row.take_profit) || '–'},
  {key: 'fees', label: 'Fees', num: true, phone: false, roomy: true,
   cell: (row) => html`<${Money} value=${row.fees} />`},
  {key: 'status', label: 'State', cell: (row) => row.status === 'OPEN'
      ? html`<${Badge} state="OPEN" />` : html`<code>${row.close_reason}</code>`},
  {key: 'opened', label: 'Opened', cell: (row) => html`<${Time} at=${row.opened_at} />`},
  {key: 'closed', label: 'Closed', phone: false,
   cell: (row) => row.closed_at ? html`<${Time} at=${row.closed_at} />`
                                : html`<span class="muted">–</span>`},
];

export function PositionsView() {
  const [filters, setFilters] = useFilters();
  const status = filters.status || 'OPEN';
  const listing = useListing('/api/positions', {
    bot: filters.bot, symbol: filters.symbol, status: status === 'ALL' ? '' : status,
  }, {on: (event) => event.kind.startsWith('position.'), every: kPricesMs});
  const hidden = {OPEN: ['closed', 'status'], CLOSED: ['mark', 'unrealized'],
                  ALL: ['mark', 'target']}[status] || [];
  const columns = kColumns.filter(({key}) => !hidden.includes(key));
  return html`<${PageHead} title="Positions" />
    <div class="toolbar">
      <${Segments} label="State" value=${status} options=${kStates}
          onChange=${(value) => setFilters({status: value})} />
      <${SearchField} label="Bot" value=${filters.bot || ''} placeholder="Bot"
          onChange=${(bot) => setFilters({bot})} />
      <${SearchField} label="Symbol" value=${filters.symbol || ''} placeholder="Symbol"
          onChange=${(symbol) => setFilters({symbol})} />
    </div>
    <div class="panel flush"><${Listing} listing=${listing} columns=${columns} caption="Positions"
        hrefOf=${(row) => `#/bots/${encodeURIComponent(row.bot)}`}
        empty=${status === 'OPEN' ? 'No open position' : 'No position'}
        emptyHint="They appear when an entry is filled." /></div>`;
}
