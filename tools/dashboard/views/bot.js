import {html, useState} from '../vendor/preact.js';
import {botPath} from '../api.js';
import {decimal, duration, toMs, words} from '../format.js';
import {meaningOf} from '../reasons.js';
import {useResource} from '../resource.js';
import {BotActions} from '../parts/bot_actions.js';
import {LiftLock} from '../parts/lift_lock.js';
import {Icon} from '../parts/icons.js';
import {lazy} from '../parts/lazy.js';
import {Absent, Ago, Amount, Badge, Direction, Dust, Empty, Failure, Fields, Loading, Money,
        PageHead, Panel, Profit, Time} from '../parts/ui.js';
import {Why} from '../parts/why.js';
import {nextCheckOf, positionOf, realizedOf} from './bots.js';

// Most of the page's weight is in what draws candles.
const CandleChart = lazy(() => import('../parts/candle_chart.js').then((all) => all.CandleChart),
                         html`<div class="candles"><${Loading} /></div>`);

const kUnits = {m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3, M: 2592e6};
const lengthOf = (timeframe) => {
  const match = /^(\d+)([mhdwM])$/.exec(timeframe || '');
  return match ? Number(match[1]) * kUnits[match[2]] : 60e3;
};

function PositionPanel({bot}) {
  const open = bot.snapshot?.open_positions || [];
  const shown = open.length ? open : positionOf(bot) ? [positionOf(bot)] : [];
  return html`<${Panel} title="Position">${shown.length === 0
      ? html`<${Empty} title="No open position" icon="positions" />`
      : shown.map((position, i) => html`<${Fields} key=${i} items=${[
        ['Side', html`<${Direction} value=${position.side} />`],
        ['Quantity', html`<${Amount} value=${position.quantity} />${
            position.dust ? html` <${Dust} />` : ''}`],
        ['Average entry', html`<${Amount} value=${position.average ?? position.average_entry} />`],
        position.mark !== undefined && ['Price now', html`<${Amount} value=${position.mark} />`],
        ['Unrealised', html`<${Profit} value=${position.unrealized} />`],
        position.profit !== undefined &&
            ['Realised, net', html`<${Profit} value=${position.profit} />`],
        position.stop_loss !== undefined && ['Stop loss', Number(position.stop_loss)
            ? html`<${Amount} value=${position.stop_loss} />`
            : html`<span class="loss">none</span>`],
        position.take_profit !== undefined && ['Take profit', Number(position.take_profit)
            ? html`<${Amount} value=${position.take_profit} />` : 'none'],
        position.opened_at && ['Opened', html`<${Ago} at=${position.opened_at} />`],
        position.fees !== undefined && ['Fees', html`<${Money} value=${position.fees} />`],
      ]} />`)}
    ${(bot.pending || bot.snapshot?.pending || []).length > 0 && html`
      <p class="warn-text">A trade of this bot is waiting in the queue.</p>`}
  <//>`;
}

// Of a bot that is told by alerts: for how many of its candles none has come.
const Alerts = ({alerts}) => html`${alerts.text}${alerts.last_at !== null && html`
  <span class="muted small alert-last">the last one <${Ago} at=${alerts.last_at} /></span>`}`;

function NumbersPanel({bot}) {
  const snapshot = bot.snapshot || {};
  const config = bot.config || {};
  return html`<${Panel} title="Bot"><${Fields} items=${[
    ['Strategy', bot.strategy ?? config.strategy],
    ['Next check', html`<${Ago} at=${nextCheckOf(bot)} />`],
    ['Last check', html`<${Ago} at=${bot.last_check_at ?? snapshot.last_check_at} />`],
    bot.alerts && ['Alerts', html`<${Alerts} alerts=${bot.alerts} />`],
    ['Realised', html`<${Profit} value=${realizedOf(bot)} />`],
    ['Checks', decimal(bot.checks ?? snapshot.checks ?? '')],
    ['Signals', decimal(bot.signals ?? snapshot.signals ?? '')],
    ['Trades', `${snapshot.trades_completed ?? '–'} done, ${snapshot.trades_failed ?? 0} failed`],
    config.check_interval_ms && ['Checks every', duration(config.check_interval_ms)],
    config.allocation && ['Allocation', html`<${Money} value=${config.allocation} />`],
    ['Settings', `version ${bot.settings_version ?? snapshot.settings_version ?? 1}`],
    ...(config.parameters || []).map((one) => [words(one.name), decimal(one.value)]),
  ]} /><//>`;
}

function LocksPanel({bot, id, reload}) {
  const locks = (bot.locks || []).filter((lock) => lock.state !== 'ENDED');
  return locks.length === 0 ? null : html`<${Panel} title="Locks"><ul class="rows">${
    locks.map((lock) => html`<li key=${lock.reason}>
      <span class="rows-main"><code>${lock.reason}</code>
        <span class="muted">${lock.detail}</span></span>
      <span class="rows-side">ends <${Ago} at=${lock.until} />
        <${LiftLock} bot=${id} reason=${lock.reason} done=${reload} /></span></li>`)}</ul><//>`;
}

// The decision on the candle that was picked, and steps to its neighbours.
function WhyPanel({id, picked, length, candles, onPick}) {
  const close = picked + length;
  const why = useResource(picked === null ? null
      : `${botPath(id)}/traces?limit=1&from=${close}&to=${close}`, {on: (event) => event.bot === id});
  const trace = why.data?.items[0];
  const step = (by) => {
    // The picked candle itself may be older, or newer, than those that are shown.
    const times = candles.map((candle) => toMs(candle.at));
    const next = by > 0 ? times.find((at) => at > picked) : times.findLast((at) => at < picked);
    if (next !== undefined) onPick(next);
  };
  const keys = (event) => {
    if (event.key === 'ArrowLeft') step(-1);
    else if (event.key === 'ArrowRight') step(1);
    else return;
    event.preventDefault();
  };
  const aside = picked !== null && html`<span class="inline">
    <button class="icon-button" aria-label="Older candle" onClick=${() => step(-1)}>
      <${Icon} name="left" /></button>
    <${Time} at=${close} />
    <button class="icon-button" aria-label="Newer candle" onClick=${() => step(1)}>
      <${Icon} name="right" /></button></span>`;
  return html`<div class="why-panel" onKeyDown=${keys}>
    <${Panel} title="Why" aside=${aside}>
    ${picked === null ? html`<${Empty} title="Click a candle, or a line of the log" icon="search">
        It says why the bot did, or did not, trade on it.<//>`
      : trace ? html`<${Why} trace=${trace} />`
      : why.data ? html`<${Empty} title="The bot made no decision on this candle" icon="search">
          It was not running, not active, or not checked while the candle was the newest.<//>`
      : html`<${Absent} resource=${why} />`}
    <//></div>`;
}

function DecisionLog({id, picked, length, onPick}) {
  const traces = useResource(`${botPath(id)}/traces?limit=60`,
                             {on: (event) => event.bot === id, every: 10000});
  const items = traces.data?.items || [];
  return html`<${Panel} title="Decision log">
    ${items.length ? html`<ul class="decisions">${items.map((trace) => {
      const open = toMs(trace.candle_close) - length;
      return html`<li key=${trace.candle_close}><button class="decision-row"
          aria-pressed=${picked === open} onClick=${() => onPick(open)}>
        <${Time} at=${trace.candle_close} />
        <${Badge} state=${trace.decision}
            tone=${trace.decision === 'SKIPPED' ? 'plain' : undefined} />
        <code>${trace.reason}</code>
        <span class="muted">${trace.explanation || meaningOf(trace.reason)}</span></button></li>`;
    })}</ul>` : html`<${Absent} resource=${traces} empty=${html`
      <${Empty} title="No decision yet" icon="log">The first closed candle brings one.<//>`} />`}
  <//>`;
}

const isTradeOf = (id) => (event) => event.bot === id && /^(position|trade)/.test(event.kind);

export function BotView({id}) {
  const bot = useResource(botPath(id), {on: (event) => event.bot === id, every: 5000});
  const candles = useResource(`${botPath(id)}/candles?limit=300`,
                              {on: isTradeOf(id), every: 5000});
  const [picked, setPicked] = useState(null);
  const data = bot.data;
  const chart = candles.data;
  const length = lengthOf(chart?.timeframe ?? data?.timeframe ?? data?.config?.timeframe);
  const hasCandles = chart?.candles?.length > 0;
  if (!data) {
    return html`<${PageHead} title=${id} />
      ${bot.error?.status === 404
          ? html`<div class="panel"><${Empty} title="There is no bot of this name" icon="bots">
              <a href="#/bots">To all bots</a><//></div>`
          : html`<${Absent} resource=${bot} empty=${html`<${Loading} />`} />`}`;
  }
  const reload = () => {
    bot.reload();
    candles.reload();
  };
  const note = data.note || data.snapshot?.status_reason;
  return html`<${PageHead} title=${id} sub=${html`<span class="inline wrap">
      <${Badge} state=${data.status ?? data.state} />
      <span>${data.name ?? data.config?.name}</span>
      <span>${data.symbol ?? data.config?.symbol} ·
        ${' '}${data.timeframe ?? data.config?.timeframe}</span>
      ${note && html`<span class="muted">${note}</span>`}</span>`}>
      <${BotActions} bot=${{...data, id}} done=${reload}
          holds=${Boolean(positionOf(data))}
          waits=${(data.snapshot?.pending || []).length > 0} /><//>
    ${bot.error && html`<${Failure} error=${bot.error} retry=${bot.reload} />`}
    <div class="grid bot-grid">
      <div class="stack">
        <${Panel} title="Candles" aside=${hasCandles && html`<span class="muted small">
            Click a candle to see why</span>`}>
          ${hasCandles ? html`<${CandleChart} data=${chart} picked=${picked} onPick=${setPicked} />`
            : html`<${Absent} resource=${candles} empty=${html`
              <${Empty} title="No candles yet" icon="signals" />`} />`}
        <//>
        <${WhyPanel} id=${id} picked=${picked} length=${length} candles=${chart?.candles || []}
            onPick=${setPicked} />
        <${DecisionLog} id=${id} picked=${picked} length=${length} onPick=${setPicked} />
      </div>
      <div class="stack">
        <${PositionPanel} bot=${data} />
        <${LocksPanel} bot=${data} id=${id} reload=${reload} />
        <${NumbersPanel} bot=${data} />
        <${Panel} title="More">
          <ul class="plain-list">${[['signals', 'Its signals'], ['intents', 'Its intents'],
                                    ['trades', 'Its trades'], ['fills', 'Its fills'],
                                    ['positions', 'Its positions'], ['log', 'Its events'],
                                    ['bot-settings', 'Its settings, to change them']].map(
            ([view, text]) => html`<li key=${view}>
              <a href=${`#/${view}?bot=${encodeURIComponent(id)}`}>${text}</a></li>`)}</ul><//>
      </div>
    </div>`;
}
