import {html} from '../vendor/preact.js';
import {useListing} from '../resource.js';
import {SearchField, Select, useFilters} from '../parts/filters.js';
import {RecordList} from '../parts/record_list.js';
import {Badge, BotLink, Direction, PageHead, Time} from '../parts/ui.js';

const kStates = [['', 'Any state'], ['PENDING', 'Pending'], ['ORDER_PLACED', 'Order placed'],
                 ['ORDER_FAILED', 'Order failed'], ['DEDUP_SKIPPED', 'Skipped as a duplicate'],
                 ['ORDER_BLOCKED_LIVE_TRADING', 'Blocked: live trading is off']];

const traceOf = (row) => row.signal ? `#/signals/${encodeURIComponent(row.signal)}` : null;

const kColumns = [
  {key: 'created', label: 'Created', cell: (row) => html`<${Time} at=${row.created_at} />`},
  {key: 'status', label: 'State', cell: (row) => html`<${Badge} state=${row.status} />`},
  {key: 'bot', label: 'Bot', cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'symbol', label: 'Symbol', cell: (row) => row.symbol},
  {key: 'side', label: 'Side', cell: (row) => html`<${Direction} value=${row.side} />`},
  {key: 'order', label: 'Order', phone: false,
   cell: (row) => html`<code title=${row.order_id}>${row.order_id || '–'}</code>`},
  {key: 'error', label: 'Error', phone: false, cell: (row) => row.error_message
      ? html`<span class="loss" title=${row.error_message}>${row.error_message}</span>` : ''},
  {key: 'changed', label: 'Changed', phone: false,
   cell: (row) => html`<${Time} at=${row.updated_at} />`},
  {key: 'trace', label: 'Trace', cell: (row) => traceOf(row) && html`<a href=${traceOf(row)}
      aria-label=${`Follow the trace of the intent of ${row.bot}, ${row.symbol}`}>Follow</a>`},
];

export function IntentsView() {
  const [filters, setFilters] = useFilters();
  const keyOf = (row) => row.key;
  const listing = useListing('/api/intents', {
    bot: filters.bot, symbol: filters.symbol, status: filters.status,
  }, {on: (event) => /^(signal|trade|intent)\./.test(event.kind), keyOf});
  return html`<${PageHead} title="Intents"
      sub="Promises to attempt exactly one order, and what became of each." />
    <div class="toolbar">
      <${Select} label="State" value=${filters.status || ''} options=${kStates}
          onChange=${(status) => setFilters({status})} />
      <${SearchField} label="Bot" value=${filters.bot || ''} placeholder="Bot"
          onChange=${(bot) => setFilters({bot})} />
      <${SearchField} label="Symbol" value=${filters.symbol || ''} placeholder="Symbol"
          onChange=${(symbol) => setFilters({symbol})} />
    </div>
    <div class="panel flush"><${RecordList} key=${JSON.stringify(filters)} listing=${listing}
        columns=${kColumns} keyOf=${keyOf} hrefOf=${traceOf} name="record-intents" label="Intents"
        empty="No intent"
        emptyHint="One stands here as soon as a signal is accepted." /></div>`;
}
