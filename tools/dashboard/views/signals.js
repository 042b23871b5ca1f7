import {html} from '../vendor/preact.js';
import {decimal} from '../format.js';
import {kRefusals} from '../reasons.js';
import {useListing} from '../resource.js';
import {SearchField, Segments, Select, useFilters} from '../parts/filters.js';
import {Listing} from '../parts/table.js';
import {Amount, Badge, BotLink, Direction, PageHead, signalName, Ticker, Time}
    from '../parts/ui.js';

// A group, of the live feed, is none of these: several states of the execution.
const kStates = [['', 'All'], ['ACCEPTED', 'Accepted'], ['REJECTED', 'Rejected'],
                 ['EXECUTED', 'Executed'], ['FAILED', 'Failed']];

const kColumns = [
  {key: 'created', label: 'Time', cell: (row) => html`<${Time} at=${row.created_at} />`},
  {key: 'bot', label: 'Bot', span: true, cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'symbol', label: 'Symbol', cell: (row) => html`<${Ticker} value=${row.symbol} />
      ${' '}<span class="muted">${row.timeframe}</span>`},
  {key: 'direction', label: 'Type', cell: (row) => html`<${Direction} value=${row.direction} />`},
  {key: 'entry', label: 'Entry', num: true, cell: (row) => html`<${Amount} value=${row.entry} />`},
  {key: 'score', label: 'Score', num: true, roomy: true, cell: (row) => decimal(row.score, 3)},
  {key: 'source', label: 'Source', phone: false, roomy: true,
   cell: (row) => String(row.source).toLowerCase()},
  {key: 'decision', label: 'Decision', cell: (row) => html`<${Badge} state=${row.decision}
      tone=${row.decision === 'REJECTED' ? 'plain' : undefined} />`},
  {key: 'execution', label: 'Execution', cell: (row) => html`<${Badge} state=${
      row.execution_status} tone=${row.execution_status === 'FILTERED' ? 'plain' : undefined} />`},
  {key: 'reason', label: 'Reason', span: true,
   cell: (row) => html`<code>${row.execution_reason}</code>`},
  {key: 'open', label: 'Trace',
   cell: (row) => html`<a href=${`#/signals/${encodeURIComponent(row.id)}`}
       aria-label=${`Follow the trace of ${signalName(row)} of ${row.bot}`}>
     Follow</a>`},
];

export function SignalsView() {
  const [filters, setFilters] = useFilters();
  const listing = useListing('/api/signals', {
    bot: filters.bot, symbol: filters.symbol, status: filters.status, reason: filters.reason,
    group: filters.group,
  }, {on: (event) => /^(signal|trade)\./.test(event.kind)});
  const state = filters.group ? null : filters.status || '';
  const reasons = [...new Set([...kRefusals, filters.reason].filter(Boolean))];
  return html`<${PageHead} title="Signals" sub=${filters.group
      ? `Those that are ${filters.group}, each with its trace.`
      : 'Each with its trace: what was decided, and why.'} />
    <div class="toolbar">
      <${Segments} label="State" value=${state} options=${kStates}
          onChange=${(status) => setFilters({status, group: ''})} />
      <${Select} label="Reason" value=${filters.reason || ''}
          options=${[['', 'Any reason'], ...reasons.map((code) => [code, code])]}
          onChange=${(reason) => setFilters({reason})} />
      <${SearchField} label="Bot" value=${filters.bot || ''} placeholder="Bot"
          onChange=${(bot) => setFilters({bot})} />
      <${SearchField} label="Symbol" value=${filters.symbol || ''} placeholder="Symbol"
          onChange=${(symbol) => setFilters({symbol})} />
    </div>
    <div class="panel flush"><${Listing} listing=${listing} columns=${kColumns} caption="Signals"
        hrefOf=${(row) => `#/signals/${encodeURIComponent(row.id)}`} empty="No signal"
        emptyHint="The decision log of a bot says why there was none." /></div>`;
}
