import {html} from '../vendor/preact.js';
import {count, duration, toMs} from '../format.js';
import {useListing} from '../resource.js';
import {RunCycle} from '../parts/engine_actions.js';
import {LatencyPanel} from '../parts/latency.js';
import {LineChart} from '../parts/line_chart.js';
import {Listing} from '../parts/table.js';
import {PageHead, Panel, Time} from '../parts/ui.js';

const kColumns = [
  {key: 'number', label: 'Cycle', num: true, cell: (row) => count(row.number)},
  {key: 'started', label: 'Started', cell: (row) => html`<${Time} at=${row.started_at} />`},
  {key: 'took', label: 'Took', num: true, cell: (row) => duration(row.duration_ms)},
  {key: 'found', label: 'Due', num: true, cell: (row) => count(row.found)},
  {key: 'succeeded', label: 'Checked', num: true, cell: (row) => count(row.succeeded)},
  {key: 'failed', label: 'Failed', num: true, cell: (row) => row.failed
      ? html`<span class="loss">${row.failed}</span>` : '0'},
  {key: 'signals', label: 'Signals', num: true, cell: (row) => count(row.signals)},
];

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1,
                                                   Math.floor(sorted.length * part))];

const Figure = ({label, value}) => html`<div class="figure"><p class="muted">${label}</p>
  <p class="figure-value number">${value}</p></div>`;

export function CyclesView() {
  const listing = useListing('/api/cycles', {}, {
    limit: 120, keyOf: (row) => row.number, every: 5000,
  });
  const cycles = [...listing.items].sort((a, b) => a.number - b.number);
  const times = cycles.map((cycle) => cycle.duration_ms).sort((a, b) => a - b);
  const points = (field) => cycles.map((cycle) => [toMs(cycle.started_at), cycle[field]]);
  return html`<${PageHead} title="Cycles and latency"
      sub="Each pass of the scheduler over the bots that are due.">
      <${RunCycle} /><//>
    ${times.length > 0 && html`<div class="figures">
      <${Figure} label="Median" value=${duration(quantile(times, 0.5))} />
      <${Figure} label="95 %" value=${duration(quantile(times, 0.95))} />
      <${Figure} label="99 %" value=${duration(quantile(times, 0.99))} />
      <${Figure} label="Longest" value=${duration(times[times.length - 1])} />
    </div>`}
    ${cycles.length > 1 && html`<div class="grid two">
      <${Panel} title="Duration"><${LineChart} label="Duration of each cycle"
          series=${[{label: 'Cycle', color: 'accent', points: points('duration_ms'), fill: true,
                     legend: true}]}
          format=${(value) => duration(value)} /><//>
      <${Panel} title="Bots checked"><${LineChart} whole label="Bots checked in each cycle"
          series=${[{label: 'Checked', color: 'series-2', points: points('succeeded'), fill: true},
                    {label: 'Failed', color: 'loss', points: points('failed')},
                    {label: 'Signals', color: 'series-3', points: points('signals')}]}
          format=${(value) => count(value)} /><//></div>`}
    <${LatencyPanel} />
    <div class="panel flush"><${Listing} listing=${listing} columns=${kColumns} caption="Cycles"
        keyOf=${(row) => row.number} empty="No cycle yet"
        emptyHint="The scheduler looks every second whether a bot is due." /></div>`;
}
