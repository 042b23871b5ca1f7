import {html, useState} from '../vendor/preact.js';
import {connection, events} from '../engine.js';
import {clockText, decimal} from '../format.js';
import {meaningOf} from '../reasons.js';
import {useListing} from '../resource.js';
import {useStore} from '../store.js';
import {EventRow} from '../parts/event_row.js';
import {Segments, useFilters} from '../parts/filters.js';
import {Absent, Badge, BotLink, Direction, Empty, Loading, PageHead, Panel, Time}
    from '../parts/ui.js';

// The execution side of a signal, in the groups that an operator watches.
const kGroups = [
  ['', 'All'], ['pending', 'Pending'], ['filtered', 'Filtered'], ['executed', 'Executed'],
  ['failed', 'Failed'],
];
const kGroupOf = {
  PENDING: 'pending', EXECUTING: 'pending', FILTERED: 'filtered', IGNORED: 'filtered',
  EXECUTED: 'executed', FAILED: 'failed',
};

const reasonOf = (signal) => {
  const code = signal.execution_reason && signal.execution_reason !== 'NONE'
      ? signal.execution_reason : signal.rejection_reason;
  return code === 'NONE' ? '' : code;
};

function FeedItem({signal}) {
  const reason = reasonOf(signal);
  const group = kGroupOf[signal.execution_status] || 'pending';
  return html`<li class="feed-item ${group}">
    <a class="feed-link" href=${`#/signals/${encodeURIComponent(signal.id)}`}
       aria-label=${`Signal ${signal.direction} ${signal.symbol} of ${signal.bot}`}></a>
    <div class="feed-when"><${Time} at=${signal.created_at} format=${clockText} /></div>
    <div class="feed-what"><p><${Direction} value=${signal.direction} />
        ${' '}<strong>${signal.symbol}</strong> <span class="number">${decimal(signal.entry)}</span>
        ${' '}<span class="muted feed-frame">${signal.timeframe}</span></p>
      <p class="small"><${BotLink} id=${signal.bot} /></p></div>
    <p class="feed-meaning">${group === 'executed' ? '' : meaningOf(reason)}</p>
    <div class="feed-state"><${Badge} state=${signal.execution_status}
        tone=${group === 'filtered' ? 'plain' : undefined} />
      ${reason && html`<p class="small muted" title=${meaningOf(reason)}>
        <code>${reason}</code></p>`}
    </div></li>`;
}

export function FeedView() {
  const [filters, setFilters] = useFilters();
  const [held, setHeld] = useState(null);
  const listing = useListing('/api/signals', {bot: filters.bot}, {
    on: (event) => /^(signal|trade|intent)\./.test(event.kind), limit: 150,
  });
  const {state} = useStore(connection);
  const all = useStore(events);
  const items = held || listing.items;
  const counts = {'': items.length, pending: 0, filtered: 0, executed: 0, failed: 0};
  for (const signal of items) ++counts[kGroupOf[signal.execution_status] || 'pending'];
  const group = filters.group || '';
  const shown = items.filter(
      (signal) => !group || kGroupOf[signal.execution_status] === group);
  return html`<${PageHead} title="Live feed"
      sub=${held ? 'Held: new signals are not shown.' : state === 'live'
          ? 'Signals as they arise, and what becomes of them.' : 'Waiting for the engine.'}>
      <button class="button" aria-pressed=${Boolean(held)}
          onClick=${() => setHeld(held ? null : listing.items)}>${held ? 'Go on' : 'Hold'}</button>
    <//>
    <${Segments} label="Which signals" value=${group} options=${kGroups} counts=${counts}
        onChange=${(value) => setFilters({group: value})} />
    <div class="grid feed-grid">
      <${Panel} title="Signals">
        ${shown.length ? html`<ul class="feed" aria-live="off">${shown.map((signal) => html`
          <${FeedItem} key=${signal.id} signal=${signal} />`)}</ul>`
        : html`<${Absent} resource=${listing} empty=${html`
          <${Empty} title=${group ? `No signal is ${group} here` : 'No signal yet'} icon="signals">
            Bots look for them at each check; the decision log of a bot says why there was none.
          <//>`} />`}
      <//>
      <${Panel} title="Events" aside=${html`<a href="#/log">Operator log</a>`}>
        ${!all ? html`<${Loading} rows=${6} />`
        : all.length ? html`<ul class="rows events">${all.slice(0, 60).map((event) => html`
          <${EventRow} key=${event.sequence} event=${event} />`)}</ul>`
        : html`<${Empty} title="Nothing has happened yet" icon="feed" />`}
      <//>
    </div>`;
}
