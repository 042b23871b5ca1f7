// What an operator does to the engine as a whole, beside the pause.
import {html} from '../vendor/preact.js';
import {post} from '../api.js';
import {refreshOverview, session} from '../engine.js';
import {money} from '../format.js';
import {ask} from './dialog.js';
import {attempt} from './toast.js';
import {ActionButton} from './ui.js';

// On paper the same switch lets orders pass to an exchange that is none.
const isOnPaper = () => Boolean(session.value?.engine?.is_paper);
export const nameOfTrading = () => (isOnPaper() ? 'Paper trading' : 'Live trading');

async function switchLive(on) {
  const name = nameOfTrading();
  const answer = await ask({
    title: `Switch ${name.toLowerCase()} ${on ? 'on' : 'off'}?`,
    text: !on ? 'Orders of new signals are blocked before they are sent.'
        : isOnPaper() ? 'From now on orders are sent to the simulated exchange.'
        : 'From now on orders are sent to the exchange.',
    confirm: on ? 'Switch on' : 'Switch off', danger: on,
  });
  if (!answer) return;
  await attempt(() => post('/api/engine/live', {on, reason: answer.reason}),
                `${name} is ${on ? 'on' : 'off'}.`);
  await refreshOverview();
}

export const LiveSwitch = ({on}) => html`<span class="inline">
  <span class=${on ? 'gain' : 'warn-text'}>${on ? 'on' : 'off'}</span>
  <${ActionButton} className="small" action=${() => switchLive(!on)}
      label=${`Switch ${on ? 'off' : 'on'} ${nameOfTrading().toLowerCase()}`}>${
      on ? 'Switch off' : 'Switch on'}<//></span>`;

// An empty field is no cap; what was not touched stays as it is.
async function changeCaps({live_bots_max: bots, order_max: order}) {
  const shown = {bots: String(bots ?? ''), order: String(order ?? '')};
  const answer = await ask({
    title: 'Change the caps of the rollout?', confirm: 'Change', danger: true,
    text: 'They hold for new entries at once, and stay so over a restart. An empty field: no cap.',
    fields: [
      {name: 'bots', label: 'Bots with positions or entries under way, at most', value: shown.bots,
       hint: 'no cap', mode: 'numeric'},
      {name: 'order', label: 'Cost of an entry, at most', value: shown.order, hint: 'no cap',
       mode: 'decimal'},
    ],
  });
  if (!answer) return;
  const wish = {};
  for (const [name, before] of Object.entries(shown)) {
    const value = answer.values[name].trim();
    if (value !== before) wish[name] = value || 'none';
  }
  if (Object.keys(wish).length === 0) return;
  await attempt(() => post('/api/engine/rollout', {...wish, reason: answer.reason}),
                'The caps have changed.');
  await refreshOverview();
}

async function resetCaps() {
  const answer = await ask({
    title: 'Take the caps of the configuration?', confirm: 'Take them', danger: true,
    text: 'What an operator said of the rollout is forgotten.'});
  if (answer && await attempt(
      () => post('/api/engine/rollout', {reset: true, reason: answer.reason}),
      'The caps of the configuration hold.')) await refreshOverview();
}

export const RolloutCaps = ({caps}) => html`<span class="inline wrap">
  <span>${caps.live_bots_max ?? 'any number of'} bots, entries ${
      caps.order_max ? `up to ${money(caps.order_max)}` : 'of any size'}</span>
  <${ActionButton} className="small" action=${() => changeCaps(caps)}
      label="Change the caps of the rollout">Change<//>
  ${caps.by === 'operator' && html`<${ActionButton} className="small" action=${resetCaps}
      label="Take the caps of the configuration">As configured<//>`}</span>`;

export const RunCycle = () => html`<${ActionButton} action=${() => attempt(
    () => post('/trigger'), 'A cycle has been started.')}>Check all bots now<//>`;

function changesText({changes, settings = [], at_next_start: later = []}) {
  const waits = later.length ? ` At the next start: ${later.join(', ')}.` : '';
  const also = settings.length ? ` In force: ${settings.join(', ')}.` : '';
  if (!changes.length && also) return `${also.trim()}${waits}`;
  if (!changes.length) return `The file says what is in force.${waits}`;
  return `${changes.length} changed: ${changes.slice(0, 3).map(
      (change) => `${change.bot} ${change.what}`).join(', ')}${
      changes.length > 3 ? ', …' : ''}.${also}${waits}`;
}

async function reloadConfiguration(done) {
  const answer = await ask({
    title: 'Read the configuration file again?', confirm: 'Read it', reason: false,
    text: 'It is checked whole first; a mistake changes nothing. Bots that differ start anew.'});
  if (answer && await attempt(() => post('/api/engine/reload'), changesText)) done?.();
}

export const ReloadConfiguration = ({done}) => html`<${ActionButton} className="small"
    action=${() => reloadConfiguration(done)}>Read the file again<//>`;
