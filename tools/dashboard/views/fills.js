import {html} from '../vendor/preact.js';
import {useListing} from '../resource.js';
import {SearchField, useFilters} from '../parts/filters.js';
import {RecordList} from '../parts/record_list.js';
import {Amount, BotLink, Direction, Money, PageHead, Time} from '../parts/ui.js';

// A position is named after the trade that opened it.
const tradeOf = (row) => `#/trades/${encodeURIComponent(row.position)}`;

const kColumns = [
  {key: 'at', label: 'Time', cell: (row) => html`<${Time} at=${row.at} />`},
  {key: 'side', label: 'Side', cell: (row) => html`<${Direction} value=${row.side} />`},
  {key: 'bot', label: 'Bot', cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'symbol', label: 'Symbol', cell: (row) => row.symbol},
  {key: 'price', label: 'Price', num: true, cell: (row) => html`<${Amount} value=${row.price} />`},
  {key: 'quantity', label: 'Quantity', num: true,
   cell: (row) => html`<${Amount} value=${row.quantity} />`},
  {key: 'fee', label: 'Fee', num: true, cell: (row) => row.fee_coin
      ? html`<span><${Amount} value=${row.fee_in_coin} /> ${row.fee_coin}</span>`
      : html`<${Money} value=${row.fee} />`},
  {key: 'order', label: 'Order', phone: false,
   cell: (row) => html`<code title=${row.order_id}>${row.order_id}</code>`},
  {key: 'trade', label: 'Trade', cell: (row) => html`<a href=${tradeOf(row)}
      aria-label=${`Open the trade of ${row.bot}, ${row.symbol}`}>Open</a>`},
];

export function FillsView() {
  const [filters, setFilters] = useFilters();
  const keyOf = (row) => `${row.bot}/${row.position}/${row.id}`;
  const listing = useListing('/api/fills', {bot: filters.bot, symbol: filters.symbol}, {
    on: (event) => /^(position|trade)\./.test(event.kind), keyOf});
  return html`<${PageHead} title="Fills" sub="Executions as the exchange told them, by position." />
    <div class="toolbar">
      <${SearchField} label="Bot" value=${filters.bot || ''} placeholder="Bot"
          onChange=${(bot) => setFilters({bot})} />
      <${SearchField} label="Symbol" value=${filters.symbol || ''} placeholder="Symbol"
          onChange=${(symbol) => setFilters({symbol})} />
    </div>
    <div class="panel flush"><${RecordList} key=${JSON.stringify(filters)} listing=${listing}
        columns=${kColumns} keyOf=${keyOf} hrefOf=${tradeOf} name="record-fills" label="Fills"
        empty="No fill" emptyHint="They appear when an order is executed." /></div>`;
}
