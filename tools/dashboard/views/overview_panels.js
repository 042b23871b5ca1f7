// What stands below the cards. It comes once they are painted.
import {html} from '../vendor/preact.js';
import {events, modeOf, session} from '../engine.js';
import {clockText, count, decimal, duration, money, percent, toMs} from '../format.js';
import {meaningOf} from '../reasons.js';
import {useResource} from '../resource.js';
import {useStore} from '../store.js';
import {LiveSwitch, RunCycle, nameOfTrading} from '../parts/engine_actions.js';
import {EventRow} from '../parts/event_row.js';
import {Gauge} from '../parts/gauge.js';
import {LineChart} from '../parts/line_chart.js';
import {Absent, Ago, Badge, BotLink, Direction, Empty, Fields, Loading, Meter, Panel, Profit, Time}
    from '../parts/ui.js';

function Breakdown({data}) {
  const cards = data.cards || {};
  const generated = cards.signalsGenerated || 0;
  const share = (n) => (generated ? (n / generated) * 100 : 0);
  const reasons = Object.entries(data.signals?.by_reason || {}).sort((a, b) => b[1] - a[1]);
  const most = reasons.length ? reasons[0][1] : 1;
  return html`<${Panel} title="Signal breakdown (last hour)">
    ${generated === 0
      ? html`<${Empty} title="No signals in the last hour" icon="signals" />` : html`
    <div class="breakdown-bar" role="img"
        aria-label=${`Accepted ${cards.signalsAccepted}, rejected ${cards.signalsRejected}`}>
      <div class="accepted" style=${{width: `${share(cards.signalsAccepted)}%`}}></div>
      <div class="rejected" style=${{width: `${share(cards.signalsRejected)}%`}}></div>
    </div>
    <p class="legend"><span class="key accepted">Accepted: ${count(cards.signalsAccepted)}</span>
      <span class="key rejected">Rejected: ${count(cards.signalsRejected)}</span></p>`}
    ${reasons.length > 0 && html`<ul class="reasons">${
      reasons.slice(0, 6).map(([reason, n]) => html`
      <li key=${reason}><a href=${`#/signals?reason=${reason}`} title=${meaningOf(reason)}>${
          reason}</a><${Meter} part=${n / most} label=${`${n} signals`} />
        <span class="number">${count(n)}</span></li>`)}</ul>`}
  <//>`;
}

function Equity({data}) {
  const equity = useResource('/api/equity?points=200', {every: 10000});
  const points = (equity.data?.points || []).map((point) => [toMs(point.at), Number(point.equity)]);
  const values = points.map(([, value]) => value);
  const span = Math.max(...values) - Math.min(...values);
  const change = Number(data.equity?.now) - Number(data.equity?.start);
  return html`<${Panel} className="wide" title="Equity" aside=${html`
      <span class="muted">${data.session ? '' : 'USDT'}</span>`}>
    <div class="equity-head">
      <p class="equity-now number">${money(data.equity?.now)}</p>
      <p><${Profit} value=${String(Number.isFinite(change) ? change.toFixed(8) : '')} />
        <span class="muted"> since ${money(data.equity?.start)}</span></p>
      <p class="muted">realised <${Profit} value=${data.equity?.realized} /></p>
      <p class="muted">open <${Profit} value=${data.positions?.unrealized} /></p>
    </div>
    ${points.length > 1
        ? html`<${LineChart} height=${264} label=${`Equity, now ${money(data.equity?.now)}`}
            series=${[{label: 'Equity', color: 'accent', points, fill: true}]}
            format=${(value) => decimal(value.toFixed(2), span > 20 ? 0 : 2)} />`
        : html`<${Absent} resource=${equity}
            empty=${html`<${Empty} title="The curve begins with the first cycles" />`} />`}
  <//>`;
}

function EnginePanel({data}) {
  const {engine} = useStore(session);
  const {mode = {}, cycle} = data;
  return html`<${Panel} title="Engine" aside=${html`<${Badge} state=${modeOf()} />`}>
    <${Fields} items=${[
      ['Last cycle', cycle && html`<span>#${cycle.number}, <${Ago} at=${cycle.at} /></span>`],
      ['Checked', cycle && html`<span>${count(cycle.checked)} bots in ${duration(cycle.took_ms)}${
          cycle.failed ? html`, <span class="loss">${cycle.failed} failed</span>` : ''}</span>`],
      cycle?.p99_ms !== undefined && cycle?.p99_ms !== null &&
          ['Cycle p50 / p99', `${duration(cycle.p50_ms)} / ${duration(cycle.p99_ms)}`],
      ['Market data', data.data && html`<span>${count(data.data.series)} series, oldest ${
          duration(data.data.oldest_age_ms)}</span>`],
      [nameOfTrading(), html`<${LiveSwitch} on=${mode.live_trading} />`],
      ['Running since', html`<${Time} at=${engine?.started_at} />`],
    ]} />
    <div class="panel-foot"><${RunCycle} /></div>
  <//>`;
}

function LimiterPanel({data}) {
  const limiter = data.limiter || {};
  const part = limiter.percent !== undefined && limiter.percent !== null ? limiter.percent / 100
      : limiter.used / limiter.limit;
  const blocked = toMs(limiter.blocked_until) > Date.now();
  return html`<${Panel} title="Request budget" aside=${html`<a href="#/limiter">Details</a>`}>
    <${Gauge} part=${part} label=${`${percent(part, 0)} of the request budget is used`} />
    <p class="center muted">${count(limiter.used)} of ${count(limiter.limit)}</p>
    ${(limiter.paused || blocked) && html`<p class="center"><${Badge} tone="bad">${
        blocked ? `Stopped until ${clockText(limiter.blocked_until)}`
                : 'Only closes pass'}<//></p>`}
  <//>`;
}

function Positions() {
  const open = useResource('/api/positions?status=OPEN&limit=10',
                           {on: (event) => event.kind.startsWith('position.'), every: 10000});
  return html`<${Panel} title="Open positions" aside=${html`<a href="#/positions">All</a>`}>
    ${open.data?.items.length ? html`<ul class="rows">${open.data.items.map((row) => html`
      <li key=${row.id}><span class="rows-name"><${BotLink} id=${row.bot} />
        <span class="muted small">${row.symbol}</span></span>
        <span class="rows-side"><${Direction} value=${row.side} />
        ${row.unrealized !== undefined && row.unrealized !== null
            ? html`<${Profit} value=${row.unrealized} />`
            : html`<span class="number">${decimal(row.quantity)} @ ${
                decimal(row.average_entry)}</span>`}</span></li>`)}</ul>`
      : html`<${Absent} resource=${open}
          empty=${html`<${Empty} title="No open position" icon="positions" />`} />`}
  <//>`;
}

function Newest() {
  const all = useStore(events);
  return html`<${Panel} title="What happens" aside=${html`<a href="#/feed">Live feed</a>`}>
    ${!all ? html`<${Loading} rows=${6} />`
      : all.length ? html`<ul class="rows events">${all.slice(0, 11).map((event) => html`
      <${EventRow} key=${event.sequence} event=${event} />`)}</ul>`
      : html`<${Empty} title="Nothing has happened yet" icon="feed" />`}
  <//>`;
}

export const OverviewPanels = ({data}) => html`<div class="grid overview-grid">
  <${Equity} data=${data} /><${EnginePanel} data=${data} />
  <div class="stack"><${Breakdown} data=${data} /><${LimiterPanel} data=${data} /></div>
  <${Positions} /><${Newest} />
</div>`;
