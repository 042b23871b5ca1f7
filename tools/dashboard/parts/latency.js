// Latencies over time: of each of the newest cycles what the engine keeps of it, from before this
// page was opened too.
import {html} from '../vendor/preact.js';
import {count, duration} from '../format.js';
import {useResource} from '../resource.js';
import {LineChart} from './line_chart.js';
import {Table} from './table.js';
import {Absent, Empty, Failure, Panel, Time} from './ui.js';

const kEveryMs = 5000;
const kCycles = 500;

// As the rows of /api/latency name them: "checks", "check_p50_ms", "check_p99_ms".
const kLatencies = [
  {name: 'check', label: 'Evaluation', color: 'accent',
   what: 'from a check handed out to its decision on the disk'},
  {name: 'order', label: 'Signal to order', color: 'series-1',
   what: 'from a decision to its order about to leave'},
  {name: 'commit', label: 'Commit', color: 'series-2', what: 'one batch written and synced'},
];

const medianOf = (cycle, name) => cycle[`${name}_p50_ms`];
const p99Of = (cycle, name) => cycle[`${name}_p99_ms`];

// The 99th percentile of each cycle; nothing where nothing happened.
const pointsOf = (cycles, name) => cycles.filter((cycle) => p99Of(cycle, name) !== null)
    .map((cycle) => [cycle.at, p99Of(cycle, name)]);

// Percentiles of several cycles do not add up to one: the newest, and the worst.
function rowOf(cycles, {name, label, what}) {
  const told = cycles.filter((cycle) => cycle[`${name}s`] > 0);
  const newest = told[told.length - 1];
  return {name, label, what, p50: newest && medianOf(newest, name),
          p99: newest && p99Of(newest, name),
          worst: newest && Math.max(...told.map((cycle) => p99Of(cycle, name))),
          count: told.reduce((sum, cycle) => sum + cycle[`${name}s`], 0)};
}

const kColumns = [
  {key: 'label', label: 'Latency', span: true, cell: (row) => html`<strong>${row.label}</strong>
    <span class="muted small latency-what">${row.what}</span>`},
  {key: 'p50', label: 'Newest median', num: true, cell: (row) => duration(row.p50)},
  {key: 'p99', label: 'Newest 99 %', num: true, cell: (row) => duration(row.p99)},
  {key: 'worst', label: 'Worst 99 %', num: true, cell: (row) => duration(row.worst)},
  {key: 'count', label: 'Measured', num: true, cell: (row) => count(row.count)},
];

function Curves({cycles}) {
  const series = kLatencies.map((one) => ({...one, points: pointsOf(cycles, one.name)}));
  return series.some((one) => one.points.length > 1)
      ? html`<${LineChart} label="Latency of each cycle: evaluation, signal to order, commit"
          series=${series} format=${(value) => duration(value)} />`
      : html`<${Empty} title="Too little for a curve yet" icon="cycles">
          It begins with the second cycle that has something to measure.<//>`;
}

export function LatencyPanel() {
  const answer = useResource(`/api/latency?limit=${kCycles}`, {every: kEveryMs});
  const cycles = [...(answer.data?.items ?? [])].sort((a, b) => a.at - b.at);
  return html`<${Panel} title="Latency" className="latency" aside=${cycles.length > 0 && html`
      <span class="muted">99 % of each cycle since <${Time} at=${cycles[0].at} /></span>`}>
    ${cycles.length ? html`
      ${answer.error && html`<${Failure} error=${answer.error} retry=${answer.reload} />`}
      <${Curves} cycles=${cycles} />
      <${Table} caption="Latencies of the newest cycles" columns=${kColumns}
          rows=${kLatencies.map((one) => rowOf(cycles, one))} keyOf=${(row) => row.name} />`
    : html`<${Absent} resource=${answer} empty=${html`
      <${Empty} title="No cycle yet" icon="cycles">
        The engine keeps how long each took, from its start on.<//>`} />`}
  <//>`;
}
