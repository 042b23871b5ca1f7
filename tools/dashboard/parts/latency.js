// Latencies over time, from the engine's metrics. Readings are kept while the page is open, so that
// who comes back sees on.
import {html, useEffect, useState} from '../vendor/preact.js';
import {getText} from '../api.js';
import {count, duration} from '../format.js';
import {between, countOf, histogramsOf, kLatencies, quantileOf} from '../latencies.js';
import {Store, useStore} from '../store.js';
import {LineChart} from './line_chart.js';
import {Table} from './table.js';
import {Absent, Empty, Panel} from './ui.js';

const kEveryMs = 5000;
const kKept = 360;  // half an hour
const kGapMs = 60000;  // of a page that slept: what came meanwhile is no point of its own

const readings = new Store([]);  // [{at, histograms}], oldest first

async function read() {
  const histograms = histogramsOf(await getText('/metrics'));
  readings.set([...readings.value, {at: Date.now(), histograms}].slice(-kKept));
}

function useReadings() {
  const [error, setError] = useState(null);
  const again = () => read().then(() => setError(null), setError);
  useEffect(() => {
    again();
    const timer = setInterval(() => document.hidden || again(), kEveryMs);
    return () => clearInterval(timer);
  }, []);
  return {all: useStore(readings), error, reload: again};
}

// The 99th percentile of each stretch between two readings; nothing where nothing happened.
const pointsOf = (all, name) => all.slice(1).flatMap(({at, histograms}, i) => {
  const before = all[i];
  if (at - before.at > kGapMs) return [];
  const value = quantileOf(between(before.histograms[name], histograms[name]), 0.99);
  return value === null ? [] : [[at, value]];
});

const kColumns = [
  {key: 'label', label: 'Latency', span: true, cell: (row) => html`<strong>${row.label}</strong>
    <span class="muted small latency-what">${row.what}</span>`},
  {key: 'p50', label: 'Median', num: true, cell: (row) => duration(row.p50)},
  {key: 'p99', label: '99 %', num: true, cell: (row) => duration(row.p99)},
  {key: 'count', label: 'Since the start', num: true, cell: (row) => count(row.count)},
];

export function LatencyPanel() {
  const {all, error, reload} = useReadings();
  const newest = all[all.length - 1]?.histograms;
  const rows = newest ? kLatencies.map((one) => ({
    ...one, count: countOf(newest[one.name]), p50: quantileOf(newest[one.name], 0.5),
    p99: quantileOf(newest[one.name], 0.99)})) : [];
  const series = kLatencies.map((one) => ({...one, points: pointsOf(all, one.name)}));
  return html`<${Panel} title="Latency" className="latency" aside=${html`<span class="muted">
      99 % of each 5 s</span>`}>
    ${series.some((one) => one.points.length > 1)
      ? html`<${LineChart} label="Latency over time: evaluation, signal to order, commit"
          series=${series} format=${(value) => duration(value)} />`
      : newest && html`<${Empty} title="The curve begins with what happens now" icon="cycles">
          The page reads the engine's counters every 5 s while this view is open.<//>`}
    ${newest ? html`<${Table} caption="Latencies since the engine's start" columns=${kColumns}
        rows=${rows} keyOf=${(row) => row.name} />`
      : html`<${Absent} resource=${{error, loading: true, reload}} />`}
  <//>`;
}
