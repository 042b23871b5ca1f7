import {html} from '../vendor/preact.js';
import {decimal} from '../format.js';
import {meaningOf} from '../reasons.js';
import {useResource} from '../resource.js';
import {Fills} from '../parts/fills.js';
import {Timeline} from '../parts/timeline.js';
import {Absent, Amount, Badge, BotLink, Direction, Empty, Fields, FullTime, Loading, PageHead,
        Panel, signalName} from '../parts/ui.js';
import {Conditions, Context, Gates, Payload} from '../parts/why.js';

function Order({intent, trade}) {
  if (!intent && !trade) return null;
  return html`<${Panel} title="Order"><${Fields} items=${[
    intent && ['Intent', html`<${Badge} state=${intent.status} />`],
    intent && ['Idempotency key', html`<code class="break">${intent.key}</code>`],
    trade && ['Trade', html`<a href=${`#/trades/${encodeURIComponent(trade.id)}`}>${
        trade.status.toLowerCase()}, ${decimal(trade.quantity)} ${trade.symbol}</a>`],
    trade && ['Client order id', html`<code class="break">${trade.client_order_id}</code>`],
    trade?.order_id && ['Order id', html`<code class="break">${trade.order_id}</code>`],
    (intent?.error_message || trade?.error_message) && ['Error', html`<span class="loss">${
        intent?.error_message || trade?.error_message}</span>`],
  ]} /><//>`;
}

export function SignalView({id}) {
  const found = useResource(`/api/signals/${encodeURIComponent(id)}`, {
    on: (event) => event.subject === id || event.bot === found.data?.signal?.bot,
  });
  const signal = found.data?.signal;
  if (!signal) {
    return html`<${PageHead} title="Signal" /><div class="panel">${found.error?.status === 404
        ? html`<${Empty} title="There is no such signal" icon="signals" />`
        : html`<${Absent} resource=${found} empty=${html`<${Loading} />`} />`}</div>`;
  }
  const {trace, intent, trade, fills, timeline = []} = found.data;
  return html`<${PageHead} title=${signalName(signal)}
      sub=${html`<span class="inline wrap"><${Badge} state=${signal.decision} />
        <${Badge} state=${signal.execution_status} /><${BotLink} id=${signal.bot} />
        <${FullTime} at=${signal.created_at} /></span>`} />
    <p class="why-meaning">${meaningOf(signal.execution_reason)}
      ${trace?.explanation && html` <span class="muted">${trace.explanation}</span>`}</p>
    <div class="grid two">
      <div class="stack">
        <${Panel} title="Trace"><${Timeline} items=${timeline} /><//>
        <${Order} intent=${intent} trade=${trade} />
        <${Fills} fills=${fills} />
      </div>
      <div class="stack">
        <${Panel} title="Signal"><${Fields} items=${[
          ['Direction', html`<${Direction} value=${signal.direction} />`],
          ['Entry', html`<${Amount} value=${signal.entry} />`],
          Number(signal.stop_loss) > 0 &&
              ['Stop loss', html`<${Amount} value=${signal.stop_loss} />`],
          Number(signal.take_profit) > 0 &&
              ['Take profit', html`<${Amount} value=${signal.take_profit} />`],
          ['Score', decimal(signal.score, 3)],
          ['Candle', html`<span>${signal.timeframe}, closed <${FullTime}
              at=${signal.candle_close} /></span>`],
          ['Source', String(signal.source).toLowerCase()],
          ['Id', html`<code class="break">${signal.id}</code>`],
        ]} /><//>
        <${Panel} title="Decision">
          <${Conditions} conditions=${signal.conditions} />
          <${Gates} verdicts=${signal.verdicts} />
          <${Context} trace=${signal} />
          <${Payload} trace=${trace} /><//>
      </div>
    </div>`;
}
