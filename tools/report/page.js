// The page of a replay: draws what tools/botbox/report_page.cpp wrote into it. Needs no network.
(() => {
'use strict';
const run = JSON.parse(document.getElementById('run').textContent);
const {report, curves, markets, fills, trades} = run;
const statistics = report.statistics;
const byId = (id) => document.getElementById(id);
const botIds = Object.keys(statistics.by_bot);
const strategyOf = new Map(report.per_bot.map((bot) => [bot.id, bot.strategy.split('@')[0]]));
const symbolOf = new Map(report.per_bot.map((bot) => [bot.id, bot.symbol]));
const hasCharts = typeof uPlot === 'function' && byId('candle-library').textContent.trim() !== '';

// -- text -----------------------------------------------------------------------------------------
const kNone = '–';
function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(Number(value))) return kNone;
  const text = Number(value).toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
  return /^-[0.]+$/.test(text) ? text.slice(1) : text;  // what rounds to nothing has no sign
}
const whole = (value) => number(value, 0);
const percent = (value, digits = 2) => value === null || value === undefined ? kNone : `${number(value * 100, digits)} %`;
const signed = (text, value) => value > 0 ? `+${text}` : text;
const money = (value) => Math.abs(Number(value)) >= 100000 ? whole(value) : number(value, 2);
const shade = (value) => value > 0 ? 'gain' : value < 0 ? 'loss' : '';
const time = (ms) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
const reason = (code) => code.toLowerCase().replaceAll('_', ' ');
const lasting = (minutes) => minutes === null ? kNone : minutes < 90 ? `${whole(minutes)} min`
    : minutes < 2880 ? `${number(minutes / 60, 1)} h` : `${number(minutes / 1440, 1)} d`;
const price = (value) => Number(value).toLocaleString('en', {maximumSignificantDigits: 8});

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// -- tables ---------------------------------------------------------------------------------------
// columns: {title, value(row), text(row), kind: 'text' or undefined, shade(row)}
function fillTable(table, columns, rows, {onPick, isPicked, sortBy = null} = {}) {
  let order = sortBy;
  const draw = () => {
    const sorted = [...rows];
    if (order) sorted.sort((a, b) => {
      const [x, y] = [order.column.value(a), order.column.value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return (x < y ? -1 : x > y ? 1 : 0) * order.direction;
    });
    const head = make('tr', {}, ...columns.map((column) => {
      const cell = make('th', {className: column.kind || '', scope: 'col'});
      const button = make('button', {type: 'button', textContent: column.title});
      button.addEventListener('click', () => {
        const again = order && order.column === column;
        order = {column, direction: again ? -order.direction : column.kind === 'text' ? 1 : -1};
        draw();
      });
      if (order && order.column === column)
        cell.setAttribute('aria-sort', order.direction > 0 ? 'ascending' : 'descending');
      cell.append(button);
      return cell;
    }));
    const body = sorted.map((row) => {
      const line = make('tr', {}, ...columns.map((column) => make('td', {
        className: `${column.kind || ''} ${column.shade ? shade(column.shade(row)) : ''}`,
        textContent: column.text ? column.text(row) : column.value(row)})));
      if (onPick) {
        line.className = `pick ${isPicked && isPicked(row) ? 'picked' : ''}`;
        line.tabIndex = 0;
        line.addEventListener('click', () => onPick(row));
        line.addEventListener('keydown', (event) => event.key === 'Enter' && onPick(row));
      }
      return line;
    });
    table.replaceChildren(make('thead', {}, head), make('tbody', {}, ...body));
  };
  draw();
}

// Only perpetuals pay any.
const paysFunding = Number(statistics.total.funding) !== 0;

const groupColumns = (title, name) => [
  {title, kind: 'text', value: name},
  {title: 'Trades', value: (g) => g.trades, text: (g) => whole(g.trades)},
  {title: 'Win rate', value: (g) => g.win_rate, text: (g) => percent(g.win_rate, 1)},
  {title: 'Profit factor', value: (g) => g.profit_factor, text: (g) => number(g.profit_factor)},
  {title: 'Expectancy', value: (g) => g.expectancy, text: (g) => number(g.expectancy), shade: (g) => g.expectancy},
  {title: 'Net profit', value: (g) => Number(g.net_profit), text: (g) => money(g.net_profit), shade: (g) => Number(g.net_profit)},
  {title: 'Fees', value: (g) => Number(g.fees), text: (g) => money(g.fees)},
  ...(paysFunding ? [{title: 'Funding', value: (g) => Number(g.funding), text: (g) => money(g.funding)}] : []),
  {title: 'Best', value: (g) => Number(g.best), text: (g) => money(g.best)},
  {title: 'Worst', value: (g) => Number(g.worst), text: (g) => money(g.worst)},
  {title: 'Held', value: (g) => g.average_minutes, text: (g) => lasting(g.average_minutes)},
];
const curveColumns = [
  {title: 'Return', value: (g) => g.return, text: (g) => percent(g.return), shade: (g) => g.return},
  {title: 'CAGR', value: (g) => g.growth_per_year, text: (g) => percent(g.growth_per_year, 1), shade: (g) => g.growth_per_year},
  {title: 'Drawdown', value: (g) => g.max_drawdown_ratio, text: (g) => percent(g.max_drawdown_ratio)},
  {title: 'Drawdown lasted', value: (g) => g.max_drawdown_days, text: (g) => lasting(g.max_drawdown_days * 1440)},
  {title: 'Sharpe', value: (g) => g.sharpe, text: (g) => number(g.sharpe)},
  {title: 'Sortino', value: (g) => g.sortino, text: (g) => number(g.sortino)},
  {title: 'Calmar', value: (g) => g.calmar, text: (g) => number(g.calmar)},
  {title: 'Exposure', value: (g) => g.exposure, text: (g) => percent(g.exposure, 1)},
  {title: 'Turnover', value: (g) => Number(g.turnover), text: (g) => money(g.turnover)},
];

// -- parts ----------------------------------------------------------------------------------------
function choice(element, names, onChoose) {
  const buttons = names.map((name) => make('button', {type: 'button', textContent: name}));
  const choose = (index) => {
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(i === index)));
    onChoose(names[index], index);
  };
  buttons.forEach((button, i) => button.addEventListener('click', () => choose(i)));
  element.replaceChildren(...buttons);
  return choose;
}

// What holding the markets would have brought, each with an equal part.
function heldMarkets() {
  const moves = Object.entries(report.markets);
  if (moves.length === 0) return ['Market', kNone, 'no candle of a market in the run', 0];
  const change = moves.reduce((sum, [, move]) => sum + move.change, 0) / moves.length;
  const [symbol, move] = moves[0];
  const note = moves.length > 1 ? `${moves.length} markets held, in equal parts`
      : `${symbol} held, ${price(move.first)} → ${price(move.last)}`;
  return ['Market', signed(percent(change), change), note, change];
}

function drawTiles() {
  const all = statistics.total;
  const profit = all.end - all.start;
  const tiles = [
    ['Net profit', signed(money(profit), profit), `${money(all.start)} → ${money(all.end)}`, profit],
    ['Return', signed(percent(all.return), all.return), `${signed(percent(all.growth_per_year, 1), all.growth_per_year)} per year`, all.return],
    heldMarkets(),
    ['Max drawdown', percent(all.max_drawdown_ratio), `${money(all.max_drawdown)}, for ${number(all.max_drawdown_days, 1)} days`, 0],
    ['Sharpe', number(all.sharpe), `volatility ${percent(all.volatility, 1)} per year`, all.sharpe],
    ['Sortino', number(all.sortino), `Calmar ${number(all.calmar)}`, all.sortino],
    ['Profit factor', number(all.profit_factor), `won ${money(all.gross_profit)}, lost ${money(all.gross_loss)}`, all.profit_factor === null ? 0 : all.profit_factor - 1],
    ['Trades', whole(all.trades), `${whole(all.wins)} won, ${whole(all.losses)} lost`, 0],
    ['Win rate', percent(all.win_rate, 1), `payoff ${number(all.payoff_ratio)}`, 0],
    ['Expectancy', number(all.expectancy), 'per closed trade', all.expectancy],
    ['Exposure', percent(all.exposure, 1), 'of the time at least one position', 0],
    ['Turnover', money(all.turnover), `${number(all.turnover_ratio, 1)} × the capital, fees ${money(all.fees)}`, 0],
    ...(paysFunding ? [['Funding', money(all.funding), 'received; below zero: paid', Number(all.funding)]] : []),
  ];
  byId('tiles').classList.toggle('seven', tiles.length > 12);
  byId('tiles').replaceChildren(...tiles.map(([name, value, note, mood]) => make('dl', {className: 'tile'},
      make('dt', {textContent: name}), make('dd', {className: shade(mood), textContent: value}),
      make('dd', {textContent: note}))));
}

const kColors = ['#3b82f6', '#f59e0b', '#10b981', '#ef4444', '#8b5cf6', '#14b8a6', '#ec4899', '#84cc16', '#f97316',
                 '#06b6d4', '#a16207', '#64748b'];
const curveTimes = curves.total.equity.map((_, i) =>
    Math.min(curves.from + curves.step * i, curves.to) / 1000);

const kMonths = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
// A tick of the axis of time: days, or the time of the day where the ticks lie closer.
function dayOf(at, ticks) {
  const date = new Date(at * 1000);
  if (ticks.length > 1 && ticks[1] - ticks[0] < 86400) return date.toISOString().slice(11, 16);
  const day = `${date.getUTCDate()} ${kMonths[date.getUTCMonth()]}`;
  const before = ticks[ticks.indexOf(at) - 1];  // the year stands where it is another one
  const isNewYear = !before || new Date(before * 1000).getUTCFullYear() !== date.getUTCFullYear();
  return isNewYear ? `${day}\n${date.getUTCFullYear()}` : day;
}

function axes(format) {
  const look = {stroke: css('muted'), font: '12px system-ui, sans-serif',
                grid: {stroke: css('grid'), width: 1}, ticks: {show: false}};
  return [{...look, values: (u, ticks) => ticks.map((at) => dayOf(at, ticks))},
          {...look, size: 84, values: (u, ticks) => ticks.map((at) => format(at, ticks))}];
}

// Without a cursor the legend tells the end of the run, not dashes.
function tellNewest(plot) {
  if (plot.cursor.idx === null || plot.cursor.idx === undefined)
    plot.setLegend({idx: plot.data[0].length - 1});
}

let plots = [];  // of the curves
let histogram = null;
let equityView = 0;
function linePlot(element, height, series, format, kind = {}) {
  const plot = new uPlot({
    width: element.clientWidth, height, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
    cursor: {sync: {key: 'run'}, y: false, points: {size: 7}}, legend: {show: true},
    hooks: {setCursor: [tellNewest], ready: [tellNewest]},
    scales: {y: kind.scale || {}}, axes: axes(format),
    series: [{label: 'UTC', value: (u, at) => at === null ? kNone : time(at * 1000)},
             ...series.map((one) => ({label: one.label, stroke: one.color, width: one.width || 1.5, fill: one.fill,
                                      points: {show: false}, value: (u, v) => v === null ? kNone : format(v)}))],
  }, [curveTimes, ...series.map((one) => one.values)], element);
  plots.push({plot, element, height});
}

function drawCurves() {
  for (const {plot} of plots) plot.destroy();
  plots = [];
  if (!hasCharts) return;
  if (equityView === 0) {
    linePlot(byId('equity-chart'), 300, [{label: 'Equity', values: curves.total.equity, color: css('accent'),
             fill: css('accent-soft'), width: 2}], money, {scale: {range: tight}});
    linePlot(byId('drawdown-chart'), 150, [{label: 'Drawdown', values: curves.total.drawdown.map((v) => -v),
             color: css('loss'), fill: `rgb(${css('loss-rgb')} / 16%)`}], share, {scale: {range: depth}});
    return;
  }
  const shown = botIds.slice(0, kColors.length);
  const line = (values, i, bot) => ({label: bot, values, color: kColors[i % kColors.length]});
  linePlot(byId('equity-chart'), 340, shown.map((bot, i) => {
    const start = curves.bots[bot].equity[0];
    return line(curves.bots[bot].equity.map((v) => v / start - 1), i, bot);
  }), share, {scale: {range: tight}});
  linePlot(byId('drawdown-chart'), 180, shown.map((bot, i) =>
      line(curves.bots[bot].drawdown.map((v) => -v), i, bot)), share, {scale: {range: depth}});
}
// On an axis with as many digits as its ticks need.
const share = (value, ticks) => percent(value, ticks ? Math.max(1, digitsBetween(ticks.map((at) => at * 100))) : 1);
// From nothing down; also of a run that never fell.
const depth = (plot, low) => [1.08 * Math.min(low || 0, -0.001), 0];
// A little room, and not down to zero: the curve is what is looked at.
function tight(plot, low, high) {
  if (low === null) return [0, 1];
  const room = (high - low || Math.abs(high) * 0.01 || 1) * 0.08;
  return [low - room, high + room];
}

let chosenBot = botIds[0];
let candleChart = null;
function drawBots() {
  const rows = botIds.map((id) => ({id, ...statistics.by_bot[id]}));
  const columns = [{title: 'Bot', kind: 'text', value: (g) => g.id},
                   {title: 'Strategy', kind: 'text', value: (g) => strategyOf.get(g.id)},
                   {title: 'Symbol', kind: 'text', value: (g) => symbolOf.get(g.id)},
                   ...groupColumns('Bot', () => '').slice(1, 7), ...curveColumns];
  fillTable(byId('bot-table'), columns, rows, {isPicked: (row) => row.id === chosenBot, onPick: (row) => {
    choose(row.id);
    byId('price').scrollIntoView();
  }});
}

function choose(bot) {
  chosenBot = bot;
  byId('bot-select').value = bot;
  drawBots();
  drawPrice();
}

function barOf(rows, ms) {
  let [low, high] = [0, rows.length - 1];
  if (high < 0 || ms < rows[0][0]) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (rows[middle][0] <= ms) low = middle; else high = middle - 1;
  }
  return rows[low][0] / 1000;
}

const ownTrades = () => trades.filter((trade) => trade.bot === chosenBot);
const kTradesShown = 500;
function drawTrades() {
  const own = ownTrades();
  const columns = [
    {title: 'Opened', kind: 'text', value: (t) => t.opened, text: (t) => time(t.opened)},
    {title: 'Closed', kind: 'text', value: (t) => t.closed, text: (t) => time(t.closed)},
    {title: 'Side', kind: 'text', value: (t) => t.side, text: (t) => t.side.toLowerCase()},
    {title: 'Quantity', value: (t) => Number(t.quantity)},
    {title: 'Entry', value: (t) => t.entry, text: (t) => price(t.entry)},
    {title: 'Exit', value: (t) => t.exit, text: (t) => price(t.exit)},
    {title: 'Profit', value: (t) => t.profit, text: (t) => number(t.profit), shade: (t) => t.profit},
    {title: 'Return', value: (t) => t.return, text: (t) => percent(t.return), shade: (t) => t.return},
    {title: 'Fees', value: (t) => t.fees, text: (t) => number(t.fees)},
    ...(paysFunding ? [{title: 'Funding', value: (t) => t.funding, text: (t) => number(t.funding)}] : []),
    {title: 'Held', value: (t) => t.closed - t.opened, text: (t) => lasting((t.closed - t.opened) / 60000)},
    {title: 'Exit by', kind: 'text', value: (t) => t.reason, text: (t) => reason(t.reason)},
  ];
  fillTable(byId('trade-table'), columns, own.slice(0, kTradesShown), {onPick: (trade) => showAround(trade)});
  byId('trade-note').textContent = own.length > kTradesShown
      ? `The first ${kTradesShown} of ${whole(own.length)} trades; all of them are in the CSV (--csv).`
      : own.length === 0 ? 'This bot closed no trade.' : '';
}
function showAround(trade) {
  if (!candleChart) return;
  const room = Math.max((trade.closed - trade.opened) * 1.5, 40 * markets[symbolOf.get(chosenBot)].step);
  candleChart.timeScale().setVisibleRange({from: (trade.opened - room) / 1000, to: (trade.closed + room) / 1000});
  byId('price-chart').scrollIntoView({block: 'center'});
}

let library = null;
async function drawPrice() {
  drawTrades();
  const market = markets[symbolOf.get(chosenBot)];
  byId('price-note').textContent = market
      ? `${symbolOf.get(chosenBot)}, candles of ${market.timeframe}. Arrows: bought (up) and sold (down); `
        + 'drag to move, wheel to zoom, click on a trade below to see it.'
      : 'There are no candles of this symbol.';
  byId('price-chart').hidden = !hasCharts || !market;
  if (!hasCharts || !market) return;
  if (!library) {
    const text = byId('candle-library').textContent;
    library = await import(URL.createObjectURL(new Blob([text], {type: 'text/javascript'})));
  }
  if (candleChart) candleChart.remove();
  const chart = library.createChart(byId('price-chart'), {
    autoSize: true,
    layout: {background: {type: 'solid', color: 'transparent'}, textColor: css('muted'),
             fontFamily: 'system-ui, sans-serif', attributionLogo: false},
    grid: {vertLines: {color: css('grid')}, horzLines: {color: css('grid')}},
    rightPriceScale: {borderColor: css('line')},
    timeScale: {borderColor: css('line'), timeVisible: true, secondsVisible: false, minBarSpacing: 0.01},
    handleScroll: {mouseWheel: false, vertTouchDrag: false},
  });
  candleChart = chart;
  const digits = Math.min(8, Math.max(...market.candles.slice(-50).map((row) => (String(row[4]).split('.')[1] || '').length)));
  const series = chart.addSeries(library.CandlestickSeries, {
    upColor: css('gain'), downColor: css('loss'), borderVisible: false, wickUpColor: css('gain'),
    wickDownColor: css('loss'), priceFormat: {type: 'price', precision: digits, minMove: 10 ** -digits}});
  series.setData(market.candles.map(([at, open, high, low, close]) => ({time: at / 1000, open, high, low, close})));
  const markers = (fills[chosenBot] || []).map(([at, buys, enters]) => ({
    time: barOf(market.candles, at), position: buys ? 'belowBar' : 'aboveBar',
    shape: buys ? 'arrowUp' : 'arrowDown', color: enters ? css('accent') : css(buys ? 'gain' : 'loss'),
    text: enters ? 'in' : 'out'})).filter((marker) => marker.time !== null);
  library.createSeriesMarkers(series, markers.sort((a, b) => a.time - b.time));
  const own = ownTrades();
  const middle = own.length ? own[Math.floor(own.length / 2)].opened / 1000 : null;
  const half = 150 * market.step / 1000;
  if (middle) chart.timeScale().setVisibleRange({from: middle - half, to: middle + half});
  else chart.timeScale().fitContent();
}

function drawMonths() {
  const table = byId('month-table');
  table.className = 'months';
  const cells = new Map(statistics.monthly.map((month) => [month.month, month]));
  const years = [...new Set(statistics.monthly.map((month) => month.month.slice(0, 4)))];
  const deepest = Math.max(0.001, ...statistics.monthly.map((month) => Math.abs(month.return || 0)));
  const cell = (value, title) => {
    const element = make('td', {textContent: percent(value, 1), title});
    if (value !== null) element.style.background =
        `rgb(${css(value < 0 ? 'loss-rgb' : 'gain-rgb')} / ${Math.round(8 + 45 * Math.min(1, Math.abs(value) / deepest))}%)`;
    return element;
  };
  const rows = years.map((year) => {
    const own = statistics.monthly.filter((month) => month.month.startsWith(year));
    const total = own.reduce((product, month) => product * (1 + (month.return || 0)), 1) - 1;
    return [year, own, total];
  });
  table.replaceChildren(
      make('thead', {}, make('tr', {}, make('th', {className: 'text', textContent: 'Month'}),
           ...rows.map(([year]) => make('th', {textContent: year})))),
      make('tbody', {}, ...kMonths.map((name, i) => {
        const key = String(i + 1).padStart(2, '0');
        if (!years.some((year) => cells.has(`${year}-${key}`))) return '';
        return make('tr', {}, make('th', {className: 'text', scope: 'row', textContent: name}), ...years.map((year) => {
          const month = cells.get(`${year}-${key}`);
          return month ? cell(month.return, `${money(month.profit)}, ${month.trades} trades`) : make('td');
        }));
      }).filter((row) => row !== ''), make('tr', {}, make('th', {className: 'text', scope: 'row', textContent: 'Year'}),
        ...rows.map(([, , total]) => cell(total, 'of the months shown')))));
}

function drawHistogram() {
  const returns = trades.map((trade) => trade.return * 100).sort((a, b) => a - b);
  const note = byId('histogram-note');
  if (returns.length === 0) { note.textContent = 'No trade was closed.'; return; }
  const at = (share) => returns[Math.min(returns.length - 1, Math.floor(share * returns.length))];
  note.textContent = `Half of the trades lie between ${number(at(0.25))} % and ${number(at(0.75))} %; `
      + `median ${number(at(0.5))} %, worst ${number(returns[0])} %, best ${number(returns[returns.length - 1])} %. `
      + 'The outermost bars hold what lies beyond them too.';
  if (!hasCharts) return;
  if (histogram) histogram.plot.destroy();
  // The outermost hundredth goes into the outermost bars, so that one trade does not flatten the rest.
  const low = at(0.01), high = at(0.99);
  const width = niceWidth((high - low || 1) / 30);
  const first = Math.floor(low / width), last = Math.floor(high / width);
  const counts = new Map();
  for (const value of returns) {
    const bin = Math.min(last, Math.max(first, Math.floor(value / width)));
    counts.set(bin, (counts.get(bin) || 0) + 1);
  }
  const bins = Array.from({length: last - first + 1}, (_, i) => first + i);
  const bars = uPlot.paths.bars({size: [0.9, 100]});
  const column = (label, keep, color) => ({label, paths: bars, fill: color, stroke: color, width: 0, points: {show: false},
      data: bins.map((bin) => keep(bin) ? counts.get(bin) || 0 : null)});
  const series = [column('Lost', (bin) => bin < 0, css('loss')), column('Won', (bin) => bin >= 0, css('gain'))];
  const element = byId('histogram');
  const plot = new uPlot({
    width: element.clientWidth, height: 250, legend: {show: true}, cursor: {y: false, points: {show: false}},
    scales: {x: {time: false, range: () => [(first - 0.5) * width, (last + 1.5) * width]}, y: {range: (u, l, h) => [0, (h || 1) * 1.08]}},
    axes: [{...axes(whole)[0], values: (u, ticks) => ticks.map((v) => `${number(v, digitsBetween(ticks))} %`)},
           {...axes(whole)[1], size: 54}],
    series: [{label: 'Return', value: (u, v) => v === null ? kNone : `${number(v - width / 2)} to ${number(v + width / 2)} %`},
             ...series.map(({data, ...one}) => ({...one, value: (u, v) => v === null ? kNone : whole(v)}))],
  }, [bins.map((bin) => (bin + 0.5) * width), ...series.map((one) => one.data)], element);
  histogram = {plot, element, height: 250};
}
// So many that no two ticks read alike.
function digitsBetween(ticks) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : 1;
  return Math.min(4, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
}
function niceWidth(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 2.5, 5, 10].find((step) => step * power >= rough);
}

function drawGroups() {
  const sides = [['Strategy', statistics.by_strategy], ['Symbol', statistics.by_symbol],
                 ['Exit', statistics.by_exit_reason], ['Regime', statistics.by_regime], ['Side', statistics.by_side]]
      .filter(([, groups]) => Object.keys(groups).length > 0);
  const show = choice(byId('group-choice'), sides.map(([name]) => name), (name, i) => {
    const rows = Object.entries(sides[i][1]).map(([key, group]) => ({key, ...group}));
    const label = name === 'Exit' || name === 'Side' ? (g) => reason(g.key) : (g) => g.key;
    fillTable(byId('group-table'), [...groupColumns(name, label), ...curveColumns], rows);
  });
  // The first that divides anything: of a single bot, how its trades ended.
  const divides = sides.findIndex(([, groups]) => Object.keys(groups).length > 1);
  if (sides.length > 0) show(Math.max(0, divides));
}

// -- the page -------------------------------------------------------------------------------------
function drawAll() {
  drawTiles();
  drawCurves();
  drawBots();
  drawPrice();
  drawMonths();
  drawHistogram();
  drawGroups();
}

const symbols = [...new Set(symbolOf.values())];
const what = botIds.length === 1 ? `${strategyOf.get(botIds[0])} on ${symbols[0]}`
    : `${report.bots} bots on ${symbols.length > 3 ? `${symbols.length} symbols` : symbols.join(', ')}`;
byId('subtitle').textContent = `${what} · ${report.from.slice(0, 10)} to ${report.to.slice(0, 10)} · `
    + `${whole(report.checks)} checks · ${whole(report.fills)} fills`;
document.title = `Replay ${report.from.slice(0, 10)} to ${report.to.slice(0, 10)}`;
byId('no-charts').hidden = hasCharts;
byId('footer').append(`Botbox ${report.engine.version}. Charts: `,
    make('a', {href: 'https://www.tradingview.com/', textContent: 'TradingView Lightweight Charts™'}),
    ' (Apache 2.0) and uPlot (MIT).');
byId('bot-select').append(...botIds.map((id) => make('option', {value: id, textContent: `${id} (${strategyOf.get(id)}, ${symbolOf.get(id)})`})));
byId('bot-select').addEventListener('change', (event) => choose(event.target.value));
for (const id of ['equity-chart', 'drawdown-chart', 'histogram']) byId(id).hidden = !hasCharts;
byId('equity-choice').hidden = !hasCharts || botIds.length < 2 || Object.keys(curves.bots).length === 0;
choice(byId('equity-choice'), ['Fleet', 'Each bot'], (name, i) => {
  equityView = i;
  drawCurves();
})(0);
const setTheme = (name) => {
  document.documentElement.dataset.theme = name;
  drawAll();
};
byId('theme').addEventListener('click', () =>
    setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
let resized = 0;
addEventListener('resize', () => {
  cancelAnimationFrame(resized);
  resized = requestAnimationFrame(() => [...plots, ...(histogram ? [histogram] : [])].forEach(({plot, element, height}) => {
    if (element.clientWidth > 0) plot.setSize({width: element.clientWidth, height});
  }));
});
const start = new URLSearchParams(location.hash.slice(1)).get('theme');
setTheme(start || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
})();
