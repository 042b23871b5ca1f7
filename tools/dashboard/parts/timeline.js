// What happened to one record, stage after stage, with the time that each took.
import {html} from '../vendor/preact.js';
import {clockText, duration, toMs, words} from '../format.js';
import {Time, toneOfState} from './ui.js';

const kEnds = {
  FILTERED: 'plain', REJECTED: 'plain', IGNORED: 'plain', FILL: 'good', FILLED: 'good',
};

export function Timeline({items}) {
  const sorted = [...items].sort((a, b) => toMs(a.at) - toMs(b.at));
  const start = sorted.length ? toMs(sorted[0].at) : 0;
  return html`<ol class="timeline">${sorted.map((item, i) => {
    const before = i ? toMs(sorted[i - 1].at) : start;
    const stage = String(item.stage || '').toUpperCase();
    return html`<li key=${i} class=${kEnds[stage] || toneOfState(stage)}>
      <div class="timeline-head"><strong>${words(item.stage)}</strong>
        <${Time} at=${item.at} format=${(at) => clockText(at, true)} />
        ${i > 0 && html`<span class="muted small">+${duration(toMs(item.at) - before)}</span>`}
      </div>
      ${item.text && html`<p>${item.text}</p>`}</li>`;
  })}</ol>`;
}
