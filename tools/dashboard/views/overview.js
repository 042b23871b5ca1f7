import {html, useEffect} from '../vendor/preact.js';
import {connection, overview, overviewError, refreshOverview} from '../engine.js';
import {clockText, count, percent} from '../format.js';
import {zone} from '../preferences.js';
import {useStore} from '../store.js';
import {Icon} from '../parts/icons.js';
import {lazy} from '../parts/lazy.js';
import {Empty, Failure, Loading, PageHead} from '../parts/ui.js';

const kQueueWarning = 50;

const Card = ({title, value, subtitle, icon, tone = '', href}) => html`
  <a class="card ${tone}" href=${href}><div class="card-icon"><${Icon} name=${icon} /></div>
    <div><p class="card-title">${title}</p><p class="card-value number">${value}</p>
      <p class="card-subtitle">${subtitle || '\u00a0'}</p></div></a>`;

function Cards({data}) {
  const cards = data.cards || {};
  const warnOver = data.queue?.warn_over ?? kQueueWarning;
  const deep = cards.queueDepth > warnOver;
  const accepted = cards.signalsGenerated
      ? `${percent(cards.signalsAccepted / cards.signalsGenerated)} accepted` : 'none to accept';
  const unknown = data.queue?.unknown || 0;
  return html`<div class="cards">
    <${Card} title="Active bots" icon="bots" href="#/bots" value=${count(cards.activeBotsCount)}
      subtitle=${`of ${count(data.bots?.total)}${
          data.bots?.quarantined ? ` · ${data.bots.quarantined} quarantined` : ''}`}
      tone=${data.bots?.quarantined ? 'warn' : ''} />
    <${Card} title="Signals (last hour)" icon="signals" href="#/signals"
      value=${count(cards.signalsGenerated)} subtitle=${accepted} />
    <${Card} title="Trades executed" icon="trades" href="#/trades"
      value=${count(cards.tradesExecuted)} tone=${cards.tradesFailed > 0 ? 'warn' : ''}
      subtitle=${cards.tradesFailed > 0 ? `${cards.tradesFailed} failed` : 'none failed'} />
    <${Card} title="Queue depth" icon="queue" href="#/trades?status=PENDING"
      value=${count(cards.queueDepth)} tone=${deep ? 'bad' : ''}
      subtitle=${deep ? `over ${warnOver}: orders wait too long`
          : unknown ? `${unknown} outcome${unknown > 1 ? 's' : ''} unknown` : `warning over ${
              warnOver}`} />
  </div>`;
}

// Of an engine that has just been set up.
const NoBots = () => html`<div class="panel first-steps"><${Empty} title="There are no bots yet"
    icon="bots"><a href="#/bot-settings">Make the first one</a>, or write it into the configuration
    file and have that read again under <a href="#/settings">Settings</a>.<//></div>`;

const isCritical = (alert) => /critical/i.test(alert.severity);
const AlertStrip = ({alerts}) => !alerts?.length ? null : html`
  <a class="banner ${alerts.some(isCritical) ? 'bad' : 'warn'}"
     href="#/alerts"><${Icon} name="alerts" /><p><strong>${alerts.length} alert${
      alerts.length > 1 ? 's' : ''}:</strong> ${alerts.slice(0, 3).map(
      (one) => one.text || one.message || one.kind).join(' · ')}</p></a>`;

// As many places as panels, so that nothing moves when they come.
const Panels = lazy(() => import('./overview_panels.js').then((all) => all.OverviewPanels),
    html`<div class="grid overview-grid">${['wide', '', '', '', ''].map((name, i) => html`
      <div key=${i} class="panel waiting ${name}"><${Loading} rows=${6} /></div>`)}</div>`);

// The numbers that stand here are older than they should be.
const Stale = ({error, at}) => html`<div class="banner warn" role="status"><${Icon} name="alerts" />
  <p><strong>These numbers are from ${clockText(at)}.</strong> The engine did not give new ones:
    ${' '}${error.message} ${error.fix || ''}</p>
  <button class="button" onClick=${() => refreshOverview()}>Try again</button></div>`;

export function OverviewView() {
  const data = useStore(overview);
  const error = useStore(overviewError);
  const {lostAt} = useStore(connection);
  useStore(zone);
  const hasCards = Boolean(data);
  useEffect(() => {
    if (hasCards) performance.mark('cards');
  }, [hasCards]);
  if (!data) {
    return html`<${PageHead} title="Overview" />${error
        ? html`<${Failure} error=${error} retry=${() => refreshOverview()} />`
        : html`<${Loading} rows=${8} />`}`;
  }
  const at = data.cards?.timestamp || data.now_ms;
  return html`<${PageHead} title="Overview" sub=${html`<span class="last-updated">Last updated:
      ${' '}${clockText(at)}</span>`} />
    ${error && !lostAt && html`<${Stale} error=${error} at=${at} />`}
    <${AlertStrip} alerts=${data.alerts} />
    <${Cards} data=${data} />
    ${data.bots?.total === 0 && html`<${NoBots} />`}
    <${Panels} data=${data} />`;
}
