// Candles with entries, exits, stops and indicators, drawn by Lightweight Charts. `onPick` gets the
// opening time of the candle that was clicked.
import {CandlestickSeries, CrosshairMode, HistogramSeries, LineSeries, LineStyle, createChart,
        createSeriesMarkers} from '../vendor/charts.js';
import {html, useEffect, useRef} from '../vendor/preact.js';
import {clockText, dateText, dayText, toMs} from '../format.js';
import {theme, zone} from '../preferences.js';
import {useStore} from '../store.js';
import {cssColor} from './line_chart.js';
import {rangeWith} from './price_range.js';

const kIndicatorColors = ['series-1', 'series-2', 'series-3', 'series-4'];
const kLines = {
  stop: ['loss', 'Stop'], target: ['gain', 'Target'], average: ['series-1', 'Entry'],
};
const kMarkers = {
  entry: {position: 'belowBar', shape: 'arrowUp'},
  add: {position: 'belowBar', shape: 'arrowUp'},     // one more step into the position
  part: {position: 'aboveBar', shape: 'arrowDown'},  // a part of it was left
  exit: {position: 'aboveBar', shape: 'arrowDown'},
  stop: {position: 'aboveBar', shape: 'square'},
  target: {position: 'aboveBar', shape: 'circle'},
};

const seconds = (at) => Math.floor(toMs(at) / 1000);

function chartOptions() {
  const time = (s) => s * 1000;
  return {
    autoSize: true,
    layout: {
      background: {type: 'solid', color: 'transparent'}, textColor: cssColor('muted'),
      fontFamily: 'system-ui, sans-serif', attributionLogo: false,
      panes: {separatorColor: cssColor('line'), enableResize: false},
    },
    grid: {vertLines: {color: cssColor('grid')}, horzLines: {color: cssColor('grid')}},
    crosshair: {mode: CrosshairMode.Magnet},
    rightPriceScale: {borderColor: cssColor('line')},
    timeScale: {
      borderColor: cssColor('line'), timeVisible: true, secondsVisible: false, rightOffset: 10,
      tickMarkFormatter: (s, type) => type < 3 ? dayText(time(s)) : clockText(time(s)).slice(0, 5),
    },
    handleScroll: {vertTouchDrag: false},
    localization: {timeFormatter: (s) => `${dateText(time(s))} ${clockText(time(s)).slice(0, 5)}`},
  };
}

function decimalsOf(candles) {
  const longest = candles.slice(-50).map((candle) => String(candle.close).split('.')[1] || '');
  return Math.min(12, Math.max(0, ...longest.map((part) => part.length)));
}

// So many decimals tell the values of an indicator apart: two of an RSI, ten of a MACD of tiny
// prices.
function decimalsFor(points) {
  const most = Math.max(...points.map(([, value]) => Math.abs(value)));
  return most > 0 ? Math.min(12, Math.max(2, 3 - Math.floor(Math.log10(most)))) : 2;
}

const formatOf = (digits) => ({type: 'price', precision: digits, minMove: 10 ** -digits});

const drawnOf = (indicator) => indicator.points.filter(([, value]) => value !== null);

// An indicator whose values lie among the prices is drawn over them, any other in a pane below,
// together with what else it gives: "macd(12,26,9).signal" with "macd(12,26,9).histogram".
const kPanesBelow = 3;  // further ones share the last
const familyOf = ({name}) => name.replace(/\.\w+$/, '');

function panesOf({indicators = [], candles}) {
  const families = [];
  return new Map(indicators.map((one) => {
    if (liesAmongPrices(drawnOf(one), candles)) return [one.name, 0];
    const family = familyOf(one);
    if (!families.includes(family)) families.push(family);
    return [one.name, Math.min(families.indexOf(family) + 1, kPanesBelow)];
  }));
}

function liesAmongPrices(points, candles) {
  const prices = candles.map((candle) => Number(candle.close));
  const low = Math.min(...prices);
  const high = Math.max(...prices);
  const last = points.length ? points[points.length - 1][1] : 0;
  return last > low * 0.8 && last < high * 1.2;
}

function markersOf(data) {
  return (data.markers || []).map((marker) => {
    const short = marker.side === 'SHORT' || marker.side === 'SELL';
    const look = kMarkers[marker.kind] || kMarkers.exit;
    const entry = marker.kind === 'entry' || marker.kind === 'add';
    const color = entry ? (short ? 'loss' : 'gain')
        : {stop: 'loss', target: 'gain'}[marker.kind] || 'accent';
    return {time: barOf(data.candles, marker.at), color: cssColor(color), text: marker.kind,
            shape: entry && short ? 'arrowDown' : look.shape,
            position: entry && short ? 'aboveBar' : look.position, size: 1.2};
  }).filter((marker) => marker.time !== null).sort((a, b) => a.time - b.time);
}

// Markers stand on bars, and fills happen between them.
function barOf(candles, at) {
  const ms = toMs(at);
  let found = null;
  for (const candle of candles) {
    if (toMs(candle.at) > ms) break;
    found = seconds(candle.at);
  }
  return found;
}

class Drawing {
  constructor(element, onPick) {
    this.levels = [];  // the prices of the lines
    this.chart = createChart(element, chartOptions());
    this.candles = this.chart.addSeries(CandlestickSeries, {
      upColor: cssColor('gain'), downColor: cssColor('loss'), borderVisible: false,
      wickUpColor: cssColor('gain'), wickDownColor: cssColor('loss'),
      autoscaleInfoProvider: (own) => this.scaleOf(own())});
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume', priceFormat: {type: 'volume'}, lastValueVisible: false,
      priceLineVisible: false, color: cssColor('grid')});
    this.chart.priceScale('volume').applyOptions({scaleMargins: {top: 0.85, bottom: 0}});
    this.markers = createSeriesMarkers(this.candles, []);
    this.lines = [];
    this.indicators = new Map();
    this.chart.subscribeClick((param) => param.time !== undefined && onPick(param.time * 1000));
    this.first = true;
  }

  scaleOf(info) {
    return info && {...info, priceRange: rangeWith(info.priceRange, this.levels)};
  }

  show(data, picked) {
    const digits = decimalsOf(data.candles);
    this.levels = (data.lines || []).map((line) => Number(line.price));
    this.candles.applyOptions({priceFormat: formatOf(digits)});
    this.candles.setData(data.candles.map((candle) => ({
      time: seconds(candle.at), open: Number(candle.open), high: Number(candle.high),
      low: Number(candle.low), close: Number(candle.close)})));
    this.volume.setData(data.candles.map((candle) => ({
      time: seconds(candle.at), value: Number(candle.volume)})));
    this.showIndicators(data);
    this.lines.forEach((line) => this.candles.removePriceLine(line));
    this.lines = (data.lines || []).map((line) => {
      const [color, title] = kLines[line.kind] || ['accent', line.kind];
      return this.candles.createPriceLine({price: Number(line.price), color: cssColor(color), title,
                                           lineWidth: 1, lineStyle: LineStyle.Dashed});
    });
    const chosen = picked === null ? null : barOf(data.candles, picked);
    this.markers.setMarkers([...markersOf(data), ...(chosen === null ? [] : [{
      time: chosen, position: 'belowBar', shape: 'circle', color: cssColor('accent'), text: 'why',
      size: 0.8}])].sort((a, b) => a.time - b.time));
    if (this.first) {
      const bars = data.candles.length;
      this.chart.timeScale().setVisibleLogicalRange({from: Math.max(0, bars - 110), to: bars + 10});
      this.first = false;
    }
  }

  showIndicators(data) {
    const wanted = data.indicators || [];
    const panes = panesOf(data);
    for (const [name, series] of this.indicators) {
      if (panes.has(name)) continue;
      this.chart.removeSeries(series);
      this.indicators.delete(name);
    }
    wanted.forEach((indicator, i) => {
      const known = this.indicators.get(indicator.name);
      const series = known ?? this.addIndicator(
          indicator.name, kIndicatorColors[i % kIndicatorColors.length],
          panes.get(indicator.name));
      const points = drawnOf(indicator);
      series.applyOptions({priceFormat: formatOf(decimalsFor(points))});
      series.setData(points.map(([at, value]) => ({time: seconds(at), value: Number(value)})));
    });
  }

  addIndicator(name, color, pane) {
    const series = this.chart.addSeries(LineSeries, {
      title: name, lineWidth: 2, priceLineVisible: false, lastValueVisible: pane > 0,
      color: cssColor(color), crosshairMarkerVisible: false}, pane);
    this.indicators.set(name, series);
    this.chart.panes().forEach((one, i) => one.setStretchFactor(i ? 1 : 3));
    return series;
  }
}

const kPaneHeight = 90;  // of each pane below beyond the first

export function CandleChart({data, picked, onPick}) {
  const element = useRef(null);
  const drawing = useRef(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const look = `${useStore(theme)} ${useStore(zone)} ${data.symbol} ${data.timeframe}`;
  useEffect(() => {
    drawing.current = new Drawing(element.current, (at) => pick.current(at));
    return () => {
      drawing.current.chart.remove();
      drawing.current = null;
    };
  }, [look]);
  useEffect(() => drawing.current?.show(data, picked), [data, picked, look]);
  const last = data.candles[data.candles.length - 1];
  const further = Math.max(0, ...panesOf(data).values()) - 1;
  return html`<div class="candles" ref=${element} role="img"
      style=${{height: further > 0 ? `calc(var(--candles) + ${further * kPaneHeight}px)` : ''}}
      aria-label=${`${data.symbol} ${data.timeframe}: ${data.candles.length} candles, last close ${
          last ? last.close : 'unknown'}`}></div>`;
}
