import {html} from '../vendor/preact.js';
import {post} from '../api.js';
import {meaningOf} from '../reasons.js';
import {useResource} from '../resource.js';
import {ask} from '../parts/dialog.js';
import {Fills} from '../parts/fills.js';
import {Timeline} from '../parts/timeline.js';
import {attempt} from '../parts/toast.js';
import {Absent, ActionButton, Amount, BotLink, Direction, Empty, Fields, FullTime, Loading, Money,
        PageHead, Panel} from '../parts/ui.js';
import {TradeState} from './trades.js';

async function cancel(trade, reload) {
  const answer = await ask({title: 'Cancel this trade?', confirm: 'Cancel the trade', danger: true,
                            text: 'If its order stands at the exchange, it is cancelled there.',
                            reason: false});
  if (answer && await attempt(() => post(`/api/trades/${encodeURIComponent(trade.id)}/cancel`),
                              'The cancel is under way.')) reload();
}

export function TradeView({id}) {
  const found = useResource(`/api/trades/${encodeURIComponent(id)}`,
                            {on: (event) => event.subject === id});
  const trade = found.data?.trade ?? found.data;
  if (!trade) {
    return html`<${PageHead} title="Trade" /><div class="panel">${found.error?.status === 404
        ? html`<${Empty} title="There is no such trade" icon="trades" />`
        : html`<${Absent} resource=${found} empty=${html`<${Loading} />`} />`}</div>`;
  }
  const ended = ['COMPLETED', 'FAILED'].includes(trade.status);
  return html`<${PageHead} title=${`${trade.direction} ${trade.symbol}`}
      sub=${html`<${TradeState} trade=${trade} />`}>
      ${!ended && html`<${ActionButton} className="danger-outline"
          action=${() => cancel(trade, found.reload)}>Cancel trade<//>`}<//>
    <div class="grid two">
      <${Panel} title="Trade"><${Fields} items=${[
        ['Bot', html`<${BotLink} id=${trade.bot} />`],
        ['Direction', html`<${Direction} value=${trade.direction} />`],
        ['Quantity', html`<${Amount} value=${trade.quantity} />`],
        ['Price', html`<${Amount} value=${trade.entry} />`],
        Number(trade.stop_loss) > 0 && ['Stop loss', html`<${Amount} value=${trade.stop_loss} />`],
        Number(trade.take_profit) > 0 &&
            ['Take profit', html`<${Amount} value=${trade.take_profit} />`],
        ['Reserved', html`<${Money} value=${trade.reserved} />`],
        ['Attempts', trade.attempts],
        ['Reason', html`<span><code>${trade.reason}</code><br />
          <span class="muted">${meaningOf(trade.reason)}</span></span>`],
        trade.error_message && ['Error', html`<span class="loss">${trade.error_message}</span>`],
        ['Created', html`<${FullTime} at=${trade.created_at} />`],
        ['Changed', html`<${FullTime} at=${trade.updated_at} />`],
        ['Client order id', html`<code class="break">${trade.client_order_id}</code>`],
        ['Order id', html`<code class="break">${trade.order_id || '–'}</code>`],
        trade.signal && ['Signal', html`<a href=${`#/signals/${trade.signal}`}>
          follow its trace</a>`],
      ]} /><//>
      <div class="stack">
        ${found.data.timeline && html`<${Panel} title="What happened">
          <${Timeline} items=${found.data.timeline} /><//>`}
        <${Fills} fills=${found.data.fills} />
      </div>
    </div>`;
}
