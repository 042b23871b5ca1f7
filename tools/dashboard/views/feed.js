import {html, useRef, useState} from '../vendor/preact.js';
import {query} from '../api.js';
import {connection, events} from '../engine.js';
import {clockText, count, decimal} from '../format.js';
import {meaningOf} from '../reasons.js';
import {useListing} from '../resource.js';
import {useStore} from '../store.js';
import {EventRow} from '../parts/event_row.js';
import {Segments, useFilters} from '../parts/filters.js';
import {Absent, Badge, BotLink, Direction, Empty, Failure, Loading, PageHead, Panel, signalName,
        Ticker, Time} from '../parts/ui.js';

// The execution side of a signal, in the groups that an operator watches.
const kGroups = [
  ['', 'All'], ['pending', 'Pending'], ['filtered', 'Filtered'], ['executed', 'Executed'],
  ['failed', 'Failed'],
];
const groupOf = (signal) => signal.group.toLowerCase();

const kNewest = 150;  // of a group, so many are shown

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
       aria-label=${`Signal ${signalName(signal)} of ${signal.bot}`}></a>
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
  return sorted.length === 0 ? null : html`<div class="chips" role="group"
      aria-label="Reasons of those shown">${sorted.map(([reason, n]) => html`
      <button key=${reason} type="button" class="chip"
        aria-pressed=${reason === picked} title=${meaningOf(reason)}
        onClick=${() => onPick(reason === picked ? '' : reason)}>
      <code>${reason}</code> <span class="count">${n}</span></button>`)}</div>`;
}

// {since, pending, filtered, executed, failed} of the engine: how many there are, "" being all.
function countsOf(told) {
  if (!told) return {};
  const {since, ...groups} = told;
  return {...groups, '': Object.values(groups).reduce((sum, n) => sum + n, 0)};
}

// How many of how many are here, and where the rest is.
function Extent({listing, counts, since, group, bot}) {
  const shown = listing.items.length;
  const total = counts[group];
  const link = html`<a href=${`#/signals${query({group, bot})}`}>All${
      group ? ` ${group}` : ''}</a>`;
  if (!shown || total === undefined) return link;
  return html`<span class="muted">${listing.more && total > shown
      ? `The newest ${count(shown)} of ${count(total)}` : count(total)} since${' '}
    <${Time} at=${since} /> · </span>${link}`;
}

function Signals({listing, shown, group, aside, children}) {
  return html`<${Panel} title="Signals" aside=${aside}>
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

function Events() {
  const all = useStore(events);
  return html`<${Panel} title="Events" aside=${html`<a href="#/log">Operator log</a>`}>
    ${!all ? html`<${Loading} rows=${6} />`
      : all.length ? html`<ul class="rows events">${all.slice(0, 60).map((event) => html`
        <${EventRow} key=${event.sequence} event=${event} />`)}</ul>`
      : html`<${Empty} title="Nothing has happened yet" icon="feed" />`}
  <//>`;
}

// While held, what was there when it began; of what came only later, or of other signals, the first
// that there was.
function useHeld(items, isHeld, of) {
  const kept = useRef({of, items: null});
  if (!isHeld || kept.current.of !== of) kept.current = {of, items: null};
  if (isHeld && !kept.current.items && items.length) kept.current.items = items;
  return kept.current.items ?? items;
}

const kHasReasons = new Set(['filtered', 'failed']);

export function FeedView() {
  const [filters, setFilters] = useFilters();
  const [isHeld, setHeld] = useState(false);
  const {lostAt} = useStore(connection);
  const {bot, group = '', reason = ''} = filters;
  // The engine knows which signals are in a group, and how many are in each.
  const listing = useListing('/api/signals', {bot, group}, {
    on: (event) => /^(signal|trade|intent)\./.test(event.kind), limit: kNewest,
  });
  const items = useHeld(listing.items, isHeld, `${group} ${bot}`);
  const told = useRef(null);
  told.current = listing.counts ?? told.current;  // until the answer of another group is there
  const counts = countsOf(told.current);
  const hasReasons = kHasReasons.has(group);
  const shown = hasReasons && reason
      ? items.filter((signal) => reasonOf(signal) === reason) : items;
  return html`<${PageHead} title="Live feed"
      sub=${isHeld ? 'Held: new signals are not shown.'
          : lostAt ? 'Waiting for the engine.'
          : 'Signals as they arise, and what becomes of them.'}>
      <button class="button" aria-pressed=${isHeld}
          onClick=${() => setHeld(!isHeld)}>${isHeld ? 'Go on' : 'Hold'}</button>
    <//>
    <${Segments} label="Which signals, and how many" value=${group} options=${kGroups}
        counts=${counts} onChange=${(value) => setFilters({group: value, reason: ''})} />
    <div class="grid feed-grid">
      <${Signals} listing=${listing} shown=${shown} group=${group} aside=${html`
          <${Extent} listing=${listing} counts=${counts} since=${told.current?.since}
              group=${group} bot=${bot} />`}>
        ${hasReasons && html`<${Reasons} signals=${items} picked=${reason}
            onPick=${(value) => setFilters({reason: value})} />`}<//>
      <${Events} />
    </div>`;
}
