import {html, useRef, useState} from '../vendor/preact.js';
import {connection, events} from '../engine.js';
import {clockText, decimal} from '../format.js';
import {meaningOf} from '../reasons.js';
import {useListing} from '../resource.js';
import {useStore} from '../store.js';
import {EventRow} from '../parts/event_row.js';
import {Segments, useFilters} from '../parts/filters.js';
import {Absent, Badge, BotLink, Direction, Empty, Failure, Loading, PageHead, Panel, Ticker, Time}
    from '../parts/ui.js';

// The execution side of a signal, in the groups that an operator watches.
const kGroups = [
  ['', 'All'], ['pending', 'Pending'], ['filtered', 'Filtered'], ['executed', 'Executed'],
  ['failed', 'Failed'],
];
const groupOf = (signal) => signal.group.toLowerCase();

const kNewest = 150;  // of which the feed shows so many of each group

const reasonOf = (signal) => {
  const code = signal.execution_reason && signal.execution_reason !== 'NONE'
      ? signal.execution_reason : signal.rejection_reason;
  return code === 'NONE' ? '' : code;
};

function FeedItem({signal}) {
  const reason = reasonOf(signal);
  const group = groupOf(signal);
  return html`<li class="feed-item ${group}">
    <a class="feed-link" href=${`#/signals/${encodeURIComponent(signal.id)}`}
       aria-label=${`Signal ${signal.direction} ${signal.symbol} of ${signal.bot}`}></a>
    <div class="feed-when"><${Time} at=${signal.created_at} format=${clockText} /></div>
    <div class="feed-what"><p><${Direction} value=${signal.direction} />
        ${' '}<strong><${Ticker} value=${signal.symbol} /></strong>
        ${' '}<span class="number">${decimal(signal.entry)}</span>
        ${' '}<span class="muted feed-frame">${signal.timeframe}</span></p>
      <p class="small"><${BotLink} id=${signal.bot} />
        ${group !== 'executed' && reason && html` <span class="feed-meaning">${
            meaningOf(reason)}</span>`}</p></div>
    <div class="feed-state"><${Badge} state=${signal.execution_status}
        tone=${group === 'filtered' ? 'plain' : undefined} />
      ${reason && html`<p class="small muted" title=${meaningOf(reason)}>
        <code>${reason}</code></p>`}
    </div></li>`;
}

// How often each reason stands among the signals shown; one of them may be picked.
function Reasons({signals, picked, onPick}) {
  const counts = new Map();
  for (const signal of signals) {
    const reason = reasonOf(signal);
    if (reason) counts.set(reason, (counts.get(reason) || 0) + 1);
  }
  if (picked && !counts.has(picked)) counts.set(picked, 0);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return sorted.length === 0 ? null : html`<div class="chips" role="group" aria-label="Reasons">${
    sorted.map(([reason, n]) => html`<button key=${reason} type="button" class="chip"
        aria-pressed=${reason === picked} title=${meaningOf(reason)}
        onClick=${() => onPick(reason === picked ? '' : reason)}>
      <code>${reason}</code> <span class="count">${n}</span></button>`)}</div>`;
}

function Signals({listing, shown, group, children}) {
  const all = html`<span class="muted">The newest ${decimal(kNewest)} · </span><a
      href=${`#/signals?group=${group}`}>All${group ? ` ${group}` : ''}</a>`;
  return html`<${Panel} title="Signals" aside=${all}>
    ${children}
    ${shown.length ? html`
      ${listing.error && html`<${Failure} error=${listing.error} retry=${listing.reload} />`}
      <ul class="feed" aria-live="off">${shown.map((signal) => html`
        <${FeedItem} key=${signal.id} signal=${signal} />`)}</ul>`
    : html`<${Absent} resource=${listing} empty=${html`
      <${Empty} title=${group ? `No signal is ${group} here` : 'No signal yet'} icon="signals">
        ${listing.more ? 'The engine looked through its newest events; there may be older ones.'
            : `Bots look for them at each check; the decision log of a bot says why there was
               none.`}
      <//>`} />`}
  <//>`;
}

// Of one group; the engine knows which signals are in it.
function SignalsOf({group, bot, reason, onReason, isHeld}) {
  const listing = useSignals({bot, group});
  const items = useHeld(listing.items, isHeld);
  const hasReasons = group === 'filtered' || group === 'failed';
  const shown = hasReasons && reason
      ? items.filter((signal) => reasonOf(signal) === reason) : items;
  return html`<${Signals} listing=${listing} shown=${shown} group=${group}>
    ${hasReasons && html`<${Reasons} signals=${items} picked=${reason} onPick=${onReason} />`}<//>`;
}

function Events() {
  const all = useStore(events);
  return html`<${Panel} title="Events" aside=${html`<a href="#/log">Operator log</a>`}>
    ${!all ? html`<${Loading} rows=${6} />`
      : all.length ? html`<ul class="rows events">${all.slice(0, 60).map((event) => html`
        <${EventRow} key=${event.sequence} event=${event} />`)}</ul>`
      : html`<${Empty} title="Nothing has happened yet" icon="feed" />`}
  <//>`;
}

const useSignals = (filters) => useListing('/api/signals', filters, {
  on: (event) => /^(signal|trade|intent)\./.test(event.kind), limit: kNewest,
});

// While held, what was there when it began; of what came only later, the first that there was.
function useHeld(items, isHeld) {
  const kept = useRef(null);
  if (!isHeld) kept.current = null;
  else if (!kept.current && items.length) kept.current = items;
  return kept.current ?? items;
}

// How many of the newest are in each group.
function countsOf(signals) {
  const counts = {'': signals.length, pending: 0, filtered: 0, executed: 0, failed: 0};
  for (const signal of signals) ++counts[groupOf(signal)];
  return counts;
}

export function FeedView() {
  const [filters, setFilters] = useFilters();
  const [isHeld, setHeld] = useState(false);
  const {lostAt} = useStore(connection);
  const {bot, group = '', reason = ''} = filters;
  const newest = useSignals({bot});
  const items = useHeld(newest.items, isHeld);
  return html`<${PageHead} title="Live feed"
      sub=${isHeld ? 'Held: new signals are not shown.'
          : lostAt ? 'Waiting for the engine.'
          : 'Signals as they arise, and what becomes of them.'}>
      <button class="button" aria-pressed=${isHeld}
          onClick=${() => setHeld(!isHeld)}>${isHeld ? 'Go on' : 'Hold'}</button>
    <//>
    <${Segments} label=${`Which signals; how many of the newest ${kNewest}`} value=${group}
        options=${kGroups} counts=${countsOf(items)}
        onChange=${(value) => setFilters({group: value, reason: ''})} />
    <div class="grid feed-grid">
      ${group ? html`<${SignalsOf} key=${group} group=${group} bot=${bot} reason=${reason}
            isHeld=${isHeld} onReason=${(value) => setFilters({reason: value})} />`
        : html`<${Signals} listing=${newest} shown=${items} group="" />`}
      <${Events} />
    </div>`;
}
