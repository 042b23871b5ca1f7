// How much of the request budget is used: a half circle with marks at 60, 80 and 90 percent, where
// the limiter warns, ends, and lets only closes through.
import {html} from '../vendor/preact.js';
import {percent} from '../format.js';

const kRadius = 80;
const kLength = Math.PI * kRadius;

function mark(part) {
  const angle = Math.PI * (1 - part);
  const at = (radius) => [100 + radius * Math.cos(angle), 96 - radius * Math.sin(angle)];
  const [x1, y1] = at(kRadius - 11);
  const [x2, y2] = at(kRadius + 11);
  return html`<line key=${part} x1=${x1} y1=${y1} x2=${x2} y2=${y2} class="gauge-mark" />`;
}

export function Gauge({part, label}) {
  const known = Number.isFinite(part);
  const shown = known ? Math.max(0, Math.min(1, part)) : 0;
  const tone = shown >= 0.9 ? 'bad' : shown >= 0.6 ? 'warn' : 'good';
  const path = `M20 96a${kRadius} ${kRadius} 0 01160 0`;
  return html`<svg class="gauge" viewBox="0 0 200 108" role="img" aria-label=${label}>
    <path d=${path} class="gauge-track" />
    <path d=${path} class="gauge-fill ${tone}"
          stroke-dasharray=${`${shown * kLength} ${kLength}`} />
    ${[0.6, 0.8, 0.9].map(mark)}
    <text x="100" y="88" class="gauge-text" text-anchor="middle">${known ? percent(part, 0) : '–'}
    </text></svg>`;
}
