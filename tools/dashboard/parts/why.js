// Why a bot did, or did not, trade on a candle: the decision trace in words.
import {html} from '../vendor/preact.js';
import {decimal, figure, words} from '../format.js';
import {meaningOf} from '../reasons.js';
import {Icon} from './icons.js';
import {Badge, Fields, FullTime} from './ui.js';

function contextOf(trace) {
  const text = trace.context_json ?? trace.market_context;
  if (!text) return [];
  if (typeof text === 'object') return Object.entries(text);
  try {
    return Object.entries(JSON.parse(text));
  } catch {
    return [['context', text]];
  }
}

export const Conditions = ({conditions}) => !conditions?.length ? null : html`
  <div class="conditions"><h3>Conditions</h3><ul>${conditions.map((condition) => html`
    <li key=${condition.name} class=${condition.met ? 'met' : 'unmet'}>
      <${Icon} name=${condition.met ? 'check' : 'cross'} size=${16} />
      <span class="hidden">${condition.met ? 'holds:' : 'does not hold:'}</span>
      <code>${condition.name}</code>
      <span class="number">${figure(condition.value)}</span>
      <span class="muted">against ${figure(condition.threshold)}</span></li>`)}</ul></div>`;

// The gates in their order; the walk ends at the first refusal.
export const Gates = ({verdicts}) => !verdicts?.length ? null : html`
  <div class="gates"><h3>Gates</h3><ol>${verdicts.map((verdict) => {
    const passed = verdict.reason === 'NONE';
    return html`<li key=${verdict.gate} class=${passed ? 'met' : 'unmet'}>
      <${Icon} name=${passed ? 'check' : 'cross'} size=${14} />
      <span class="gate-name">${words(verdict.gate)}</span>
      <span class="hidden">${passed ? 'passed' : 'refused'}</span>
      ${(!passed || verdict.detail) && html`<span class=${passed ? 'muted' : 'loss'}>${
          [passed ? '' : verdict.reason, verdict.detail].filter(Boolean).join(': ')}</span>`}
    </li>`;
  })}</ol></div>`;

// {"level":1,"price":"98"} as "level 1, price 98"; a list with a line for each.
function told(value) {
  if (Array.isArray(value)) {
    return html`<ul class="told">${
        value.map((one, i) => html`<li key=${i}>${told(one)}</li>`)}</ul>`;
  }
  if (!value || typeof value !== 'object') return decimal(value);
  return Object.entries(value).map(([name, part]) => `${words(name).toLowerCase()} ${
      decimal(part)}`).join(', ');
}

// The order as it was sent, and the plan that followed it.
export const Payload = ({trace}) => {
  const found = trace && contextOf(trace).find(([name]) => name === 'payload');
  return !found ? null : html`<div class="context payload"><h3>Order and plan</h3>
    <${Fields} items=${Object.entries(found[1]).map(([name, value]) => [
      words(name), told(value)])} /></div>`;
};

export const Context = ({trace}) => {
  const pairs = contextOf(trace).filter(([name]) => name !== 'payload');
  return pairs.length === 0 ? null : html`<div class="context"><h3>Market then</h3>
    <${Fields} items=${pairs.map(([name, value]) => [
      words(name), typeof value === 'object' ? JSON.stringify(value) : decimal(value)])} /></div>`;
};

export function Why({trace}) {
  const said = trace.explanation || trace.reason_message;
  const isSaid = said?.includes(trace.exchange_error_snippet);
  return html`<div class="why">
    <div class="why-head">
      <${Badge} state=${trace.decision}
          tone=${trace.decision === 'SKIPPED' ? 'plain' : undefined} />
      <${Badge} state=${trace.stage} />
      <code>${trace.reason}</code>
    </div>
    <p class="why-meaning">${meaningOf(trace.reason)}</p>
    ${said && html`<p class="muted">${said}</p>`}
    ${trace.exchange_error_snippet && !isSaid && html`<pre class="snippet">${
        trace.exchange_error_snippet}</pre>`}
    <${Fields} items=${[
      ['Candle closed', html`<${FullTime} at=${trace.candle_close} />`],
      ['Checked', html`<${FullTime} at=${trace.checked_at} />`],
      trace.signal && ['Signal', html`<a href=${`#/signals/${trace.signal}`}>follow its trace</a>`],
    ]} />
    <div class="why-columns">
      <div><${Conditions} conditions=${trace.conditions} /><${Context} trace=${trace} /></div>
      <div><${Gates} verdicts=${trace.verdicts} /><${Payload} trace=${trace} /></div>
    </div>
  </div>`;
}
