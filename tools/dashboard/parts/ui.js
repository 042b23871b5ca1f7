// The small parts that every view is made of.
import {html, useState} from '../vendor/preact.js';
import {canOperate, now, session} from '../engine.js';
import {bothTimes, decimal, fullTime, money, relative, shortTime, signed, toMs, toneOf, words}
    from '../format.js';
import {zone} from '../preferences.js';
import {useStore} from '../store.js';
import {Icon} from './icons.js';

const kTones = {
  good: ['ACTIVE', 'ACCEPTED', 'EXECUTED', 'COMPLETED', 'OPEN', 'ORDER_PLACED', 'RESOLVED', 'OK',
         'READY', 'PASSED'],
  bad: ['FAILED', 'ERROR', 'DAMAGED', 'HALTED', 'ORDER_FAILED', 'CRITICAL', 'ACCOUNT', 'STOPPED'],
  warn: ['PENDING', 'EXECUTING', 'REDUCING', 'PAUSED', 'WAITING', 'ACTING', 'UNKNOWN', 'WARNING',
         'OUTCOME_UNKNOWN', 'ORDER_BLOCKED_LIVE_TRADING', 'SYMBOL', 'ORDER_REQUESTED'],
  info: ['SIGNAL_SENT', 'INFO', 'NOTICE'],
};
const kToneOf = new Map(Object.entries(kTones).flatMap(
    ([tone, names]) => names.map((name) => [name, tone])));

export const toneOfState = (state) => kToneOf.get(String(state || '').toUpperCase()) || 'plain';

export const Badge = ({state, tone, children}) => html`
  <span class="badge ${tone || toneOfState(state)}">${children || words(state)}</span>`;

const kDirections = {LONG: 'gain', BUY: 'gain', SHORT: 'loss', SELL: 'loss', CLOSE: ''};
// An alert that was not understood has neither.
export const signalName = ({direction, symbol}) =>
  [direction, symbol].filter(Boolean).join(' ') || 'refused alert';
export const Direction = ({value}) => html`
  <span class="direction ${kDirections[value] ?? ''}">${value || '–'}</span>`;

export const Dust = () => html`<span class="badge plain"
    title="Too small for any order: it stays until the records let go of it">dust</span>`;

// A time that says in its title what it is in the other zone.
export function Time({at, format = shortTime}) {
  useStore(zone);
  if (toMs(at) === null) return html`<span class="muted">–</span>`;
  return html`<time title=${bothTimes(at)} datetime=${new Date(toMs(at)).toISOString()}>${
      format(at)}</time>`;
}
export const FullTime = ({at}) => html`<${Time} at=${at} format=${fullTime} />`;

export function Ago({at}) {
  const current = useStore(now);
  if (toMs(at) === null) return html`<span class="muted">–</span>`;
  return html`<time title=${bothTimes(at)}>${relative(at, current)}</time>`;
}

export const Amount = ({value, digits = null}) => html`
  <span class="number" title=${value ?? ''}>${decimal(value, digits)}</span>`;
export const Money = ({value}) => html`
  <span class="number" title=${value ?? ''}>${money(value)}</span>`;
export const Profit = ({value}) => html`
  <span class="number ${toneOf(value)}" title=${value ?? ''}>${signed(value)}</span>`;

// BTC/USDT:USDT may break behind its signs, and nowhere else.
export const Ticker = ({value}) => html`<span class="ticker">${
    (String(value || '–').match(/[^/:]+[/:]?/g) || []).map(
        (part, i) => (i ? html`<wbr />${part}` : part))}</span>`;

export const BotLink = ({id}) => id ? html`
  <a class="bot-link" title=${id} href=${`#/bots/${encodeURIComponent(id)}`}>${id}</a>` : html`
  <span class="muted">–</span>`;

export const Panel = ({title, children, aside, className = '', level = 2}) => html`
  <section class="panel ${className}">
    ${title && html`<header class="panel-head">
      ${level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`}
      ${aside && html`<div class="panel-aside">${aside}</div>`}
    </header>`}
    ${children}
  </section>`;

export const Empty = ({title, children, icon = 'queue'}) => html`
  <div class="empty"><${Icon} name=${icon} size=${28} /><p class="empty-title">${title}</p>
    ${children && html`<p class="muted">${children}</p>`}</div>`;

export const Failure = ({error, retry}) => html`
  <div class="failure" role="alert"><${Icon} name="alerts" />
    <div><p><strong>${error.message}</strong></p>
      ${error.fix && html`<p class="muted">${error.fix}</p>`}
      <p class="muted small">${error.code}</p></div>
    ${retry && html`<button class="button" onClick=${retry}>Try again</button>`}
  </div>`;

export const Loading = ({rows = 4}) => html`
  <div class="skeleton" role="status"><span class="hidden">Loading</span>
    ${Array.from({length: rows}, (_, i) => html`<div key=${i} class="skeleton-row"></div>`)}</div>`;

// What stands for data that is not there: first loading, then an error, then nothing.
export function Absent({resource, empty}) {
  if (resource.error) {
    return html`<${Failure} error=${resource.error} retry=${resource.reload} />`;
  }
  return resource.loading ? html`<${Loading} />` : empty;
}

// A button of an action that takes a while; disabled for those who may only look. `blocked` says
// why it does nothing now: the keyboard still reaches the button, and what it says.
export function ActionButton({action, children, className = '', label, operate = true,
                              blocked = ''}) {
  const [busy, setBusy] = useState(false);
  useStore(session);
  const allowed = !operate || canOperate();
  const run = async (event) => {
    event.stopPropagation();
    if (busy || blocked) return;
    setBusy(true);
    try {
      await action();
    } finally {
      setBusy(false);
    }
  };
  return html`<button class="button ${className}" onClick=${run} aria-label=${label}
      disabled=${!allowed || busy} aria-busy=${busy}
      aria-disabled=${blocked ? 'true' : undefined}
      title=${allowed ? blocked || label : 'Your token may read, but not operate'}>${
      children}</button>`;
}

export const Fields = ({items, inColumns = false}) => html`
  <dl class="fields ${inColumns ? 'in-columns' : ''}">${
      items.filter(Boolean).map(([name, value]) => html`
    <div key=${name}><dt>${name}</dt><dd>${value ?? '–'}</dd></div>`)}</dl>`;

export const Meter = ({part, tone = '', label}) => {
  const width = Math.max(0, Math.min(100, (Number(part) || 0) * 100));
  return html`<div class="meter" role="img" aria-label=${label}>
    <div class="meter-fill ${tone}" style=${{width: `${width}%`}}></div></div>`;
};

export const PageHead = ({title, children, sub}) => html`
  <div class="page-head"><div><h1 tabindex="-1">${title}</h1>
    ${sub && html`<p class="muted page-sub">${sub}</p>`}</div>
    ${children && html`<div class="page-tools">${children}</div>`}</div>`;
