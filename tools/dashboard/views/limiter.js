import {html} from '../vendor/preact.js';
import {count, decimal, duration, percent, words} from '../format.js';
import {useResource} from '../resource.js';
import {Table} from '../parts/table.js';
import {Absent, Ago, Badge, BotLink, Direction, Empty, Fields, Meter, PageHead, Panel, Ticker, Time}
    from '../parts/ui.js';

// Answers are either lists of rows or objects; what is no list is shown as fields.
const rowsOf = (data) => (Array.isArray(data) ? data : data?.items ?? data?.windows ?? data?.rows);
const plainFields = (data) => Object.entries(data || {})
    .filter(([name, value]) => name !== 'next' && (value === null || typeof value !== 'object'))
    .map(([name, value]) => [words(name), fieldText(name, value)]);

function fieldText(name, value) {
  if (value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (/(_at|_until|^as_of)$/.test(name)) return html`<${Time} at=${value} />`;
  if (name.endsWith('_ms')) return duration(value);
  if (typeof value === 'number') {
    if (name === 'percent') return `${value.toFixed(1)}%`;
    return name.includes('rate') && value <= 1 ? percent(value) : count(value);
  }
  return String(value);
}

// What other programs on the same address used, as the exchange's own counters tell.
const othersOf = (row) => row.others ?? row.reserved ?? 0;

function Windows({rows}) {
  const columns = [
    {key: 'name', label: 'Window', cell: (row) => html`<strong>${row.name}</strong> <span
        class="muted">${row.exchange || ''}</span>`},
    {key: 'length', label: 'Length', num: true, cell: (row) => duration(row.length_ms)},
    {key: 'use', label: 'Used', wide: true, cell: (row) => {
      const part = (row.used + othersOf(row)) / row.limit;
      return html`<${Meter} part=${part} tone=${part >= 0.9 ? 'bad' : part >= 0.6 ? 'warn' : 'good'}
          label=${`${percent(part, 0)} used`} />`;
    }},
    {key: 'used', label: 'Amount', num: true,
     cell: (row) => `${count(row.used)} of ${count(row.limit)}`},
    {key: 'others', label: 'By others', num: true, cell: (row) => count(othersOf(row))},
  ];
  return html`<${Table} caption="Windows of the rate limiter" columns=${columns} rows=${rows}
      keyOf=${(row) => `${row.exchange} ${row.name}`} />`;
}

const kSeriesColumns = [
  {key: 'symbol', label: 'Symbol', cell: (row) => html`<strong>${row.symbol}</strong>`},
  {key: 'timeframe', label: 'Timeframe', cell: (row) => row.timeframe},
  {key: 'candles', label: 'Candles', num: true, cell: (row) => count(row.candles)},
  {key: 'close', label: 'Last close', num: true, cell: (row) => decimal(row.close)},
  {key: 'age', label: 'Age', num: true, cell: (row) => duration(row.age_ms)},
  {key: 'gaps', label: 'Gaps', num: true, cell: (row) => row.gaps
      ? html`<span class="loss">${row.gaps}</span>` : '0'},
];
const kBalanceColumns = [
  {key: 'coin', label: 'Coin', cell: (row) => html`<strong>${row.coin}</strong>`},
  {key: 'total', label: 'Total', num: true, cell: (row) => decimal(row.total)},
  {key: 'free', label: 'Free', num: true, cell: (row) => decimal(row.free)},
  {key: 'aside', label: 'For entries under way', num: true,
   cell: (row) => decimal(row.set_aside)},
];
const kQueueColumns = [
  {key: 'bot', label: 'Bot', span: true, cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'symbol', label: 'Symbol', cell: (row) => html`<${Ticker} value=${row.symbol} />`},
  {key: 'direction', label: 'Type', cell: (row) => html`<${Direction} value=${row.direction} />`},
  {key: 'status', label: 'State',
   cell: (row) => html`<${Badge} state=${row.stage ?? row.status} />`},
  {key: 'attempts', label: 'Attempts', num: true, cell: (row) => count(row.attempts)},
  {key: 'created', label: 'Since', cell: (row) => html`<${Ago} at=${row.created_at} />`},
];

function Part({title, path, render, empty}) {
  const resource = useResource(path, {every: 2000});
  const rows = rowsOf(resource.data);
  const fields = Array.isArray(resource.data) ? [] : plainFields(resource.data);
  return html`<${Panel} title=${title}>
    ${fields.length > 0 && html`<${Fields} items=${fields} inColumns />`}
    ${rows?.length ? render(rows) : fields.length === 0 && html`<${Absent} resource=${resource}
        empty=${html`<${Empty} title=${empty} />`} />`}<//>`;
}

export function LimiterView() {
  return html`<${PageHead} title="Limiter and cache"
      sub="One budget of requests for all bots, and one copy of the market for all of them." />
    <div class="stack">
      <${Part} title="Rate limiter" path="/api/limiter" empty="No window is in use"
          render=${(rows) => html`<${Windows} rows=${rows} />`} />
      <${Part} title="Account" path="/api/balances" empty="The exchange has told no balances yet"
          render=${(rows) => html`<${Table} caption="What the account has"
              columns=${kBalanceColumns} rows=${rows} keyOf=${(row) => row.coin} />`} />
      <${Part} title="Market data" path="/api/cache" empty="Nothing is cached yet"
          render=${(rows) => html`<${Table} caption="Cached series" columns=${kSeriesColumns}
              rows=${rows} keyOf=${(row) => `${row.symbol} ${row.timeframe}`} />`} />
      <${Part} title="Trade queue" path="/api/queue" empty="The queue is empty"
          render=${(rows) => html`<${Table} caption="Trades in the queue" columns=${kQueueColumns}
              rows=${rows} />`} />
    </div>`;
}
