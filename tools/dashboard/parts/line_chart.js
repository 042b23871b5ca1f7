// A chart over time, drawn by uPlot. series: [{label, color: name of a CSS variable, points:
// [[ms, number]...], fill}], all on one axis; `whole`: of whole numbers, so that none stands beside
// a line that is not at it.
import {html, useEffect, useRef, useState} from '../vendor/preact.js';
import {clockText, dayText} from '../format.js';
import {theme, zone} from '../preferences.js';
import {useStore} from '../store.js';

export const cssColor = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const vendor = (name) => new URL(`../vendor/${name}`, import.meta.url).href;
const added = (name, fields) => new Promise((resolve, reject) => {
  document.head.append(Object.assign(document.createElement(name), fields,
                                     {onload: resolve, onerror: reject}));
});

// A plain script with a style sheet of its own; both come when the first chart is drawn.
let coming = null;
function loadPlot() {
  coming ??= Promise.all([
    added('script', {src: vendor('uplot.js')}),
    added('link', {rel: 'stylesheet', href: vendor('uplot.css')}),
  ]).catch((error) => {
    coming = null;
    throw error;
  });
  return coming;
}

// 'coming', then 'ready' or 'failed'.
function usePlot() {
  const [state, setState] = useState(globalThis.uPlot ? 'ready' : 'coming');
  useEffect(() => {
    if (state === 'ready') return undefined;
    let gone = false;
    loadPlot().then(() => gone || setState('ready'), () => gone || setState('failed'));
    return () => {
      gone = true;
    };
  }, []);
  return state;
}

// Series need not have the same times; uPlot wants one column of them.
function columnsOf(series) {
  const times = [...new Set(series.flatMap((one) => one.points.map(([at]) => at)))].sort(
      (a, b) => a - b);
  const columns = series.map((one) => {
    const values = new Map(one.points);
    return times.map((at) => values.get(at) ?? null);
  });
  return [times, ...columns];
}

const kWholeSteps = [1, 10, 100, 1000, 10000, 100000, 1000000].flatMap((n) => [n, 2 * n, 5 * n]);

function optionsOf(element, series, height, format, whole) {
  const axis = {stroke: cssColor('muted'), font: '12px system-ui, sans-serif',
                grid: {stroke: cssColor('grid'), width: 1}, ticks: {show: false}};
  const span = (ticks) => ticks.length > 1 ? ticks[ticks.length - 1] - ticks[0] : 0;
  return {
    width: Math.max(200, element.clientWidth), height, ms: 1,
    legend: {show: series.length > 1 || series.some((one) => one.legend)},
    cursor: {points: {size: 7}, y: false},
    scales: {x: {time: true}},
    axes: [
      {...axis, size: 34, space: 84, values: (u, ticks) => ticks.map((at) => (span(ticks) > 86400e3
          ? dayText(at) : clockText(at).slice(0, span(ticks) < 600e3 ? 8 : 5)))},
      {...axis, size: 78, values: (u, ticks) => ticks.map((value) => format(value)),
       ...(whole && {incrs: kWholeSteps})},
    ],
    series: [
      {label: 'Time', value: (u, at) => (at === null ? '–' : clockText(at))},
      ...series.map((one) => ({
        label: one.label, stroke: cssColor(one.color), width: 2, spanGaps: true,
        fill: one.fill ? cssColor(`${one.color}-soft`) : undefined,
        points: {show: false},
        value: (u, value) => (value === null ? '–' : format(value)),
      })),
    ],
  };
}

export function LineChart({series, height = 220, label, whole = false,
                           format = (value) => String(value)}) {
  const element = useRef(null);
  const plot = useRef(null);
  const state = usePlot();
  const written = useRef(format);
  written.current = format;
  const look = `${useStore(theme)} ${useStore(zone)} ${series.map((one) => one.label).join()}`;
  useEffect(() => {
    if (state !== 'ready') return undefined;
    plot.current = new uPlot(optionsOf(element.current, series, height,
                                       (value) => written.current(value), whole),
                             columnsOf(series), element.current);
    const observer = new ResizeObserver(() => {
      const width = element.current?.clientWidth;
      if (width) plot.current?.setSize({width, height});
    });
    observer.observe(element.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
      plot.current = null;
    };
  }, [look, height, state]);
  useEffect(() => plot.current?.setData(columnsOf(series)), [series]);
  return html`<div class="chart" role="img" aria-label=${label} ref=${element}
      style=${{minHeight: `${height}px`}}>${state === 'failed' && html`<p class="muted">
        The chart did not come. Load the page again.</p>`}</div>`;
}
