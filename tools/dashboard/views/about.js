import {html} from '../vendor/preact.js';
import {session} from '../engine.js';
import {Fields, FullTime, PageHead, Panel} from '../parts/ui.js';
import {useStore} from '../store.js';

const kLicences = new URL('../vendor/licences.txt', import.meta.url).href;

export function AboutView() {
  const {engine = {}, name, role} = useStore(session);
  return html`<${PageHead} title="About" /><div class="stack">
    <${Panel} title="Engine"><${Fields} items=${[
      ['Name', engine.name], ['Version', engine.version], ['Exchange', engine.exchange],
      ['Money', engine.is_paper ? 'paper' : 'real'],
      ['Started', html`<${FullTime} at=${engine.started_at} />`],
      ['Signed in as', `${name || 'anonymous'} (${role})`],
    ]} inColumns /><//>
    <${Panel} title="Keyboard"><p>Tab and Shift+Tab go through everything; Enter opens. On a bot’s
      page the arrow keys left and right go from candle to candle while the decision has the
      focus.</p><//>
    <${Panel} title="Made with">
      <ul class="plain-list">
        <li><a href="https://www.tradingview.com/" rel="noreferrer" target="_blank">TradingView</a>
          ${' '}Lightweight Charts™, copyright TradingView, Inc., Apache License 2.0</li>
        <li>uPlot, copyright Leon Sorokin, MIT License</li>
        <li>htm, copyright Google Inc., Apache License 2.0, with Preact, copyright Jason Miller,
          MIT License</li>
      </ul>
      <p><a href=${kLicences} target="_blank" rel="noreferrer">All licence
        texts</a></p><//></div>`;
}
