import {html} from '../vendor/preact.js';
import {useListing} from '../resource.js';
import {meaningOf} from '../reasons.js';
import {LiftLock} from '../parts/lift_lock.js';
import {Listing} from '../parts/table.js';
import {Ago, Badge, BotLink, PageHead, Time} from '../parts/ui.js';

const columns = (reload) => [
  {key: 'bot', label: 'Bot', span: true, cell: (row) => row.bot
      ? html`<${BotLink} id=${row.bot} />` : row.scope === 'fleet' ? 'all bots' : row.scope},
  {key: 'reason', label: 'Guard', cell: (row) => html`<code title=${meaningOf(row.reason)}>${
      row.reason}</code>`},
  {key: 'state', label: 'State', cell: (row) => html`<${Badge}
      tone=${row.state === 'ACTIVE' ? 'warn' : 'plain'} state=${row.state} />`},
  {key: 'since', label: 'Since', cell: (row) => html`<${Time} at=${row.since} />`},
  {key: 'until', label: 'Ends', cell: (row) => html`<${Ago} at=${row.until} />`},
  {key: 'detail', label: 'Detail', wide: true, cell: (row) => row.detail},
  {key: 'lift', label: 'Lift', cell: (row) => row.state === 'ACTIVE' ? html`
      <${LiftLock} bot=${row.bot} scope=${row.scope} reason=${row.reason} done=${reload} />` : ''},
];

export function LocksView() {
  const keyOf = (row) => `${row.bot || row.scope} ${row.reason} ${row.since}`;
  const listing = useListing('/api/locks', {}, {
    on: (event) => event.kind.startsWith('risk.'), keyOf,
  });
  return html`<${PageHead} title="Locks"
      sub="What risk guards hold back for a while after losses: one bot, a symbol, or all bots." />
    <div class="panel flush"><${Listing} listing=${listing} columns=${columns(listing.reload)}
        keyOf=${keyOf} caption="Locks" empty="No bot is locked"
        emptyHint="Guards are part of the risk settings: a bot’s, or those of all bots." /></div>`;
}
