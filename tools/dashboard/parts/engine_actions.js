// What an operator does to the engine as a whole, beside the pause.
import {html} from '../vendor/preact.js';
import {post} from '../api.js';
import {refreshOverview} from '../engine.js';
import {ask} from './dialog.js';
import {attempt} from './toast.js';
import {ActionButton} from './ui.js';

async function switchLive(on) {
  const answer = await ask({
    title: on ? 'Switch live trading on?' : 'Switch live trading off?',
    text: on ? 'From now on orders are sent to the exchange.'
             : 'Orders of new signals are blocked before they are sent.',
    confirm: on ? 'Switch on' : 'Switch off', danger: on,
  });
  if (!answer) return;
  await attempt(() => post('/api/engine/live', {on, reason: answer.reason}),
                on ? 'Live trading is on.' : 'Live trading is off.');
  await refreshOverview();
}

export const LiveSwitch = ({on}) => html`<span class="inline">
  <span class=${on ? 'gain' : 'warn-text'}>${on ? 'on' : 'off'}</span>
  <${ActionButton} className="small" action=${() => switchLive(!on)}
      label=${on ? 'Switch off live trading' : 'Switch on live trading'}>${
      on ? 'Switch off' : 'Switch on'}<//></span>`;

export const RunCycle = () => html`<${ActionButton} action=${() => attempt(
    () => post('/trigger'), 'A cycle has been started.')}>Check all bots now<//>`;

function changesText({changes, at_next_start: later = []}) {
  const waits = later.length ? ` At the next start: ${later.join(', ')}.` : '';
  if (!changes.length) return `The file says what is in force.${waits}`;
  return `${changes.length} changed: ${changes.slice(0, 3).map(
      (change) => `${change.bot} ${change.what}`).join(', ')}${
      changes.length > 3 ? ', …' : ''}.${waits}`;
}

async function reloadConfiguration(done) {
  const answer = await ask({
    title: 'Read the configuration file again?', confirm: 'Read it', reason: false,
    text: 'It is checked whole first; a mistake changes nothing. Bots that differ start anew.'});
  if (answer && await attempt(() => post('/api/engine/reload'), changesText)) done?.();
}

export const ReloadConfiguration = ({done}) => html`<${ActionButton} className="small"
    action=${() => reloadConfiguration(done)}>Read the file again<//>`;
