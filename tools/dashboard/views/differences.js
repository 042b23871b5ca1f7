import {html} from '../vendor/preact.js';
import {post} from '../api.js';
import {words} from '../format.js';
import {useListing} from '../resource.js';
import {ask} from '../parts/dialog.js';
import {Segments, useFilters} from '../parts/filters.js';
import {Listing} from '../parts/table.js';
import {attempt} from '../parts/toast.js';
import {ActionButton, Amount, Badge, BotLink, PageHead, Ticker, Time} from '../parts/ui.js';

const kStates = [['', 'All'], ['WAITING', 'Waiting'], ['RESOLVED', 'Resolved'],
                 ['IGNORED', 'Ignored'], ['GONE', 'Gone']];
const kDecisions = [
  {value: 'adopt', label: 'Adopt', hint: 'Our records follow the exchange.'},
  {value: 'flatten', label: 'Flatten', hint: 'The exchange is brought to what our records say.'},
  {value: 'ignore', label: 'Ignore', hint: 'It stays as it is; the symbol is free again.'},
  {value: 'halt', label: 'Halt', hint: 'Nothing trades until this is cleared up.'},
];

const kAdoptable = ['EXTERNAL_POSITION', 'POSITION_LARGER'];

async function decide(row, reload) {
  const answer = await ask({
    title: `${words(row.kind)} of ${row.symbol || 'the account'}`, text: row.detail,
    choices: kDecisions, confirm: 'Decide', danger: true,
    reason: kAdoptable.includes(row.kind) && 'Bot that adopts it, if several trade the symbol',
  });
  const bot = answer?.choice === 'adopt' && answer.reason ? {bot: answer.reason} : {};
  if (answer && await attempt(() => post(`/api/differences/${encodeURIComponent(row.id)}/decide`,
                                         {decision: answer.choice, ...bot}),
                              'The decision is recorded.')) reload();
}

const columns = (reload) => [
  {key: 'found', label: 'Found', cell: (row) => html`<${Time} at=${row.found_at} />`},
  {key: 'kind', label: 'Kind', cell: (row) => html`<strong>${words(row.kind)}</strong>`},
  {key: 'symbol', label: 'Symbol', cell: (row) => html`<${Ticker} value=${row.symbol} />`},
  {key: 'bot', label: 'Bot', cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'ours', label: 'Ours', num: true, cell: (row) => html`<${Amount} value=${row.ours} />`},
  {key: 'theirs', label: 'Theirs', num: true,
   cell: (row) => html`<${Amount} value=${row.theirs} />`},
  {key: 'state', label: 'State', cell: (row) => html`<${Badge} state=${row.state} />`},
  {key: 'decision', label: 'Decision', cell: (row) => row.state === 'WAITING'
      ? html`<${ActionButton} className="small primary" action=${() => decide(row, reload)}
            label=${`Decide about ${words(row.kind)} of ${row.symbol}`}>Decide<//>`
      : html`<span>${words(row.decision)} <span class="muted">${row.decided_by}</span></span>`},
  {key: 'detail', label: 'Detail', wide: true, cell: (row) => row.detail},
];

export function DifferencesView() {
  const [filters, setFilters] = useFilters();
  const listing = useListing('/api/differences', {status: filters.status},
                             {on: (event) => event.kind.startsWith('reconciliation.')});
  return html`<${PageHead} title="Reconciliation"
      sub="Where our records and the exchange differ, and what was decided." />
    <div class="toolbar"><${Segments} label="State" value=${filters.status || ''} options=${kStates}
        onChange=${(status) => setFilters({status})} /></div>
    <div class="panel flush"><${Listing} listing=${listing} columns=${columns(listing.reload)}
        caption="Differences" empty="Records and account agree"
        emptyHint="They are compared at every start, and now and then." /></div>`;
}
