// A server that speaks the operator's API with an invented fleet, so that the page can be worked
// on, looked at and tested without an engine.
//   node mock_server.mjs --assets DIR [--port 8085] [--bots 40] [--token T] [--anonymous operate]
//                        [--sequence N] [--tick MS]
import {createServer} from 'node:http';
import {readFile} from 'node:fs/promises';
import {extname, join, normalize} from 'node:path';
import {parseArgs} from 'node:util';
import {Fleet} from './mock_fleet.mjs';

const {values: options} = parseArgs({options: {
  assets: {type: 'string'}, port: {type: 'string', default: '8085'},
  bots: {type: 'string', default: '40'}, token: {type: 'string', default: 'mock-token'},
  anonymous: {type: 'string', default: 'none'}, sequence: {type: 'string', default: '0'},
  tick: {type: 'string', default: '1500'},
}});

const kSecurity = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; " +
      "connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer',
};
const kTypes = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8',
                '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
                '.txt': 'text/plain; charset=utf-8'};

const fleet = new Fleet({bots: Number(options.bots), sequence: Number(options.sequence)});
setInterval(() => fleet.tick(), Number(options.tick));
setInterval(() => fleet.settle(), 100);

class Refusal extends Error {
  constructor(status, code, message, fix = '') {
    super(message);
    Object.assign(this, {status, code, fix});
  }
}
const missing = (what) => new Refusal(404, 'NOT_FOUND', `There is no ${what}.`);

const at = (value) => (typeof value === 'number' ? value : Date.parse(value));
const hourAgo = () => Date.now() - 3600e3;

function botRow(bot) {
  const {completed, failed, ...row} = bot;
  const open = fleet.positions.find((one) => one.bot === bot.id && one.status === 'OPEN');
  return {...row, realized: bot.realized.toFixed(4), position: open ? {
    ...bot.position, unrealized: fleet.unrealized(open).toFixed(4)} : null};
}

function findBot(id) {
  const bot = fleet.bots.find((one) => one.id === id);
  if (!bot) throw missing(`bot '${id}'`);
  return bot;
}

const kConfiguredRollout = {live_bots_max: null, order_max: null, by: 'configuration'};
fleet.rollout = {...kConfiguredRollout};

function overview() {
  const recent = fleet.signals.filter((one) => at(one.created_at) > hourAgo());
  const accepted = recent.filter((one) => one.decision === 'ACCEPTED').length;
  const trades = fleet.trades.filter((one) => at(one.created_at) > hourAgo());
  const reasons = {};
  for (const one of recent) {
    if (one.decision === 'REJECTED') {
      reasons[one.rejection_reason] = (reasons[one.rejection_reason] || 0) + 1;
    }
  }
  const status = (name) => fleet.bots.filter((bot) => bot.status === name).length;
  const last = fleet.cycles[fleet.cycles.length - 1];
  const depth = fleet.trades.filter((trade) => trade.status === 'PENDING').length;
  const open = fleet.openPositions();
  const used = Math.round(900 + 500 * Math.sin(Date.now() / 20000));
  return {
    now_ms: Date.now(), mode: fleet.mode,
    bots: {total: fleet.bots.length, active: status('ACTIVE'), paused: status('PAUSED'),
           quarantined: status('ERROR'), archived: status('ARCHIVED')},
    cycle: {number: last.number, at: at(last.started_at), took_ms: last.duration_ms,
            checked: last.succeeded, failed: 0, p50_ms: 8, p99_ms: 41},
    cards: {timestamp: new Date().toISOString(), activeBotsCount: status('ACTIVE'),
            signalsGenerated: recent.length, signalsAccepted: accepted,
            signalsRejected: recent.length - accepted,
            tradesExecuted: trades.filter((one) => one.status === 'COMPLETED').length,
            tradesFailed: trades.filter((one) => one.status === 'FAILED').length,
            queueDepth: depth, avgSignalLatency: 12},
    signals: {generated: recent.length, accepted, rejected: recent.length - accepted,
              by_reason: reasons},
    queue: {depth, warn_over: 50, unknown: 0},
    acceptance_rate: recent.length ? accepted / recent.length : 0,
    positions: {open: open.length,
                unrealized: open.reduce((sum, one) => sum + fleet.unrealized(one), 0).toFixed(4)},
    equity: {now: fleet.equityNow(), start: '100000', realized: fleet.realized.toFixed(4)},
    rollout: {live_bots: open.length, ...fleet.rollout},
    limiter: {used, limit: 6000, percent: (used / 6000) * 100, paused: false, blocked_until: null},
    data: {oldest_age_ms: 1400, series: fleet.markets.size},
    alerts: fleet.alerts.filter((alert) => !alert.cleared_at),
  };
}

function page(rows, params, limitDefault = 100) {
  const limit = Math.min(500, Number(params.get('limit')) || limitDefault);
  const start = Number(params.get('cursor')) || 0;
  const items = rows.slice(start, start + limit);
  return {items, next: start + limit < rows.length ? String(start + limit) : null};
}

function filtered(rows, params, timeOf) {
  const wanted = (name) => params.get(name);
  return [...rows].reverse().filter((row) =>
    (!wanted('bot') || row.bot === wanted('bot')) &&
    (!wanted('symbol') || row.symbol === wanted('symbol')) &&
    (!wanted('status') || [row.status, row.state, row.decision, row.execution_status].includes(
        wanted('status'))) &&
    (!wanted('kind') || row.kind.startsWith(wanted('kind'))) &&
    (!wanted('reason') || [row.reason, row.rejection_reason, row.execution_reason].includes(
        wanted('reason'))) &&
    (!wanted('from') || at(timeOf(row)) >= Number(wanted('from'))) &&
    (!wanted('to') || at(timeOf(row)) <= Number(wanted('to'))));
}

// As the engine's group_of(ExecutionStatus).
const kGroupOf = {PENDING: 'PENDING', EXECUTING: 'PENDING', FILTERED: 'FILTERED',
                  IGNORED: 'FILTERED', EXECUTED: 'EXECUTED', FAILED: 'FAILED'};

// How many signals of the last day are in each group, whatever else was asked for.
function signalCounts(bot) {
  const since = Date.now() - 86400e3;
  const counts = {since, pending: 0, filtered: 0, executed: 0, failed: 0};
  for (const one of fleet.signals) {
    if (at(one.created_at) < since || (bot && one.bot !== bot)) continue;
    ++counts[kGroupOf[one.execution_status].toLowerCase()];
  }
  return counts;
}

function signals(params) {
  const wanted = (params.get('group') || '').toUpperCase();
  if (wanted && !Object.values(kGroupOf).includes(wanted)) {
    throw new Refusal(400, 'INVALID_INPUT', 'group: is no group of signals',
                      'pending, filtered, executed or failed');
  }
  const rows = filtered(fleet.signals, params, kLists.signals)
      .map((row) => ({...row, group: kGroupOf[row.execution_status]}));
  return {...page(wanted ? rows.filter((row) => row.group === wanted) : rows, params),
          counts: signalCounts(params.get('bot'))};
}

const kLists = {
  signals: (row) => row.created_at, intents: (row) => row.created_at,
  trades: (row) => row.created_at, positions: (row) => row.opened_at, fills: (row) => row.at,
  events: (row) => row.at, cycles: (row) => row.started_at, locks: (row) => row.since,
  differences: (row) => row.found_at, alerts: (row) => row.at,
};

function list(what, params) {
  if (what === 'signals') return signals(params);
  const rows = filtered(fleet[what], params, kLists[what]);
  if (what !== 'positions') return page(rows, params);
  const answer = page(rows, params);
  return {...answer, items: answer.items.map(valued)};
}

// As the engine's add_value.
function valued(position) {
  const profit = (Number(position.realised_profit) - Number(position.fees)).toFixed(4);
  if (position.status !== 'OPEN') return {...position, profit, mark: null, unrealized: null};
  return {...position, profit, unrealized: fleet.unrealized(position).toFixed(4),
          mark: fleet.text(position.symbol, fleet.priceOf(position.symbol))};
}

function bots(params) {
  const word = (params.get('search') || '').toLowerCase();
  const rows = fleet.bots.filter((bot) =>
    (!word || `${bot.id} ${bot.name} ${bot.symbol} ${bot.strategy}`.toLowerCase().includes(word)) &&
    (!params.get('status') || bot.status === params.get('status')) &&
    (!params.get('symbol') || bot.symbol === params.get('symbol')));
  const keys = {profit: (bot) => bot.realized, next_check: (bot) => bot.next_check_at,
                position: (bot) => Number(Boolean(bot.position)), id: (bot) => bot.id};
  const key = keys[params.get('sort')] || keys.id;
  const sign = params.get('desc') === '1' ? -1 : 1;
  rows.sort((a, b) => sign * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id < b.id ? -1 : 1));
  const answer = page(rows, params);
  return {...answer, items: answer.items.map(botRow), total: rows.length};
}

// As the engine's alert_silence: null of a bot that no alert ever moved.
function alertsOf(bot) {
  const newest = fleet.signals.findLast((one) => one.bot === bot.id && one.source === 'WEBHOOK');
  if (!newest) {
    return bot.strategy === 'external' ? {last_at: null, candles: null, text: 'no alert yet'}
        : null;
  }
  const lastAt = at(newest.created_at);
  const silent = Math.floor(Math.max(0, Date.now() - lastAt) / 60e3);  // candles of all are 1m
  return {last_at: lastAt, candles: silent,
          text: silent === 0 ? 'the last alert came within a candle'
              : `no alert for ${silent} candle${silent === 1 ? '' : 's'}`};
}

function botDetail(bot) {
  const open = fleet.positions.filter((one) => one.bot === bot.id && one.status === 'OPEN');
  return {...botRow(bot), pending: [],
          locks: fleet.locks.filter((lock) => lock.bot === bot.id), alerts: alertsOf(bot),
          config: {id: bot.id, name: bot.name, strategy: bot.strategy, symbol: bot.symbol,
                   timeframe: bot.timeframe, check_interval_ms: 5000, allocation: '2000',
                   stake: '200', parameters: [{name: 'rsi_period', value: 14},
                                              {name: 'oversold', value: 42}]},
          snapshot: {status: bot.status, status_reason: bot.note, settings_version: 1,
                     last_check_at: bot.last_check_at, next_check_at: bot.next_check_at,
                     checks: bot.checks, signals: bot.signals, trades_completed: bot.completed,
                     trades_failed: bot.failed, realised_profit: bot.realized.toFixed(4),
                     open_positions: open.map(valued), pending: [], risk: []}};
}

function candles(bot, params) {
  const market = fleet.markets.get(bot.symbol);
  const rows = market.candles.slice(-(Number(params.get('limit')) || 300), -1);
  const text = (value) => fleet.text(bot.symbol, value);
  let average = rows[0].close;
  let gain = 0.5;
  const ema = [];
  const rsi = [];
  for (const candle of rows) {
    average += (candle.close - average) / 10;
    gain += ((candle.close > candle.open ? 1 : 0) - gain) / 8;
    ema.push([candle.at, average]);
    rsi.push([candle.at, gain * 100]);
  }
  const mine = fleet.positions.filter((one) => one.bot === bot.id);
  const markers = mine.flatMap((one) => [
    {at: at(one.opened_at), kind: 'entry', side: one.side, price: one.average_entry, trade: one.id},
    ...(one.closed_at ? [{at: at(one.closed_at), kind: 'exit', side: one.side,
                          price: one.average_entry, trade: one.id}] : [])]);
  const open = mine.find((one) => one.status === 'OPEN');
  return {symbol: bot.symbol, timeframe: bot.timeframe,
          candles: rows.map((one) => ({at: one.at, open: text(one.open), high: text(one.high),
                                       low: text(one.low), close: text(one.close),
                                       volume: one.volume.toFixed(2)})),
          markers, indicators: [{name: 'ema(10)', points: ema}, {name: 'rsi(14)', points: rsi}],
          lines: open ? [{kind: 'stop', price: open.stop_loss},
                         {kind: 'target', price: open.take_profit},
                         {kind: 'average', price: open.average_entry}] : []};
}

function signalDetail(id) {
  const signal = fleet.signals.find((one) => one.id === id);
  if (!signal) throw missing('signal of this id');
  const trade = fleet.trades.find((one) => one.signal === id) || null;
  const intent = fleet.intents.find((one) => one.signal === id) || null;
  const traces = [...(fleet.traces.get(signal.bot)?.values() || [])];
  const trace = traces.find((one) => one.signal === id);
  const fills = fleet.fills.filter((fill) => trade && fill.client_id === trade.id);
  const timeline = [
    {at: at(signal.candle_close), stage: 'CANDLE_CLOSED',
     text: `${signal.symbol} ${signal.timeframe}`},
    {at: at(signal.created_at), stage: 'SIGNAL_SENT',
     text: `${signal.direction} at ${signal.entry}`}];
  if (!trade) {
    // A newer decision on the same candle may have taken the trace's place.
    timeline.push({at: at(signal.created_at), stage: 'FILTERED',
                   text: trace?.explanation || signal.rejection_reason});
  } else {
    timeline.push({at: at(intent.created_at), stage: 'ORDER_REQUESTED', text: intent.key});
    if (trade.status === 'COMPLETED' || trade.status === 'FAILED') {
      timeline.push({at: at(trade.updated_at), stage: intent.status,
                     text: trade.error_message || `order ${trade.order_id}`});
    }
    for (const fill of fills) {
      timeline.push({at: at(fill.at), stage: 'FILL', text: `${fill.quantity} at ${fill.price}`});
    }
  }
  return {signal, trace: trace || null, intent, trade, fills, timeline};
}

function limiter() {
  const {used} = overview().limiter;
  return {exchange: 'paper', used, limit: 6000, percent: used / 60, window: 'weight_1m',
          condition: 'OK', paused: false, blocked_until: null, next_free_at: null, windows: [
            {name: 'weight_1m', length_ms: 60000, limit: 6000, used, others: 0, percent: used / 60},
            {name: 'orders_10s', length_ms: 10000, limit: 100, used: 4, others: 0, percent: 4}]};
}

const kConfig = '[engine]\nname = "demo"\nmode = "active"\n\n[exchange]\nkind = "paper"\n\n' +
    '[[api.token]]\nname = "operator"\nrole = "operate"\nsecret_file = "***"\n';

function readBot(parts, params) {
  const bot = findBot(parts[2]);
  const traces = [...(fleet.traces.get(bot.id)?.values() || [])];
  if (parts.length === 3) return botDetail(bot);
  if (parts[3] === 'candles') return candles(bot, params);
  if (parts[3] === 'traces') {
    const from = Number(params.get('from') ?? 0);
    const to = Number(params.get('to') ?? Infinity);
    return page(traces.filter((one) => at(one.candle_close) >= from && at(one.candle_close) <= to)
        .sort((a, b) => at(b.candle_close) - at(a.candle_close)), params);
  }
  if (parts[3] === 'why') {
    const trace = traces.filter((one) => at(one.candle_close) <= Number(params.get('at')))
        .sort((a, b) => at(b.candle_close) - at(a.candle_close))[0];
    if (!trace) throw missing('decision at or before this candle');
    return {trace, explanation: trace.explanation};
  }
  throw missing('such page');
}

function read(parts, params, who) {
  const [, what, id] = parts;
  if (what === 'session') {
    return {role: who.role, name: who.name, now_ms: Date.now(), anonymous: who.anonymous,
            engine: {name: 'demo', version: '0.1.0', exchange: 'paper', is_paper: true,
                     started_at: fleet.started, process: process.pid}};
  }
  if (what === 'overview') return overview();
  if (what === 'equity') {
    const points = fleet.equity.slice(-2000);
    const step = Math.max(1, Math.ceil(points.length / (Number(params.get('points')) || 200)));
    return {points: points.filter((_, i) => i % step === 0 || i === points.length - 1)};
  }
  if (what === 'bots') return id ? readBot(parts, params) : bots(params);
  if (what === 'signals' && id) return signalDetail(id);
  if (what === 'trades' && id) {
    const trade = fleet.trades.find((one) => one.id === id);
    if (!trade) throw missing('trade of this id');
    const {timeline, fills} = signalDetail(trade.signal);
    return {trade, timeline, fills};
  }
  if (kLists[what]) return list(what, params);
  if (what === 'latency') return page([...fleet.latency].reverse(), params, 120);
  if (what === 'limiter') return limiter();
  if (what === 'balances') {
    return {as_of: Date.now() - 4000, next: null, items: [
      {coin: 'BTC', total: '0.25', free: '0.25', set_aside: '0'},
      {coin: 'USDT', total: '10250.5', free: '8120.25', set_aside: '100.5'}]};
  }
  if (what === 'cache') {
    return {hits: 51234, fetches: 312, items: [...fleet.markets.values()].map(
        (market) => ({symbol: market.symbol, timeframe: '1m', candles: market.candles.length,
                      close: fleet.text(market.symbol, fleet.priceOf(market.symbol)), age_ms: 1400,
                      gaps: 0}))};
  }
  if (what === 'queue') {
    return {depth: overview().queue.depth, unknown: 0, recovering: false, items: fleet.trades
        .filter((trade) => trade.status === 'PENDING' || trade.status === 'EXECUTING')
        .map((trade) => ({...trade, stage: trade.status}))};
  }
  if (what === 'config') return {toml: kConfig};
  throw missing('such page');
}

function changeBot(parts, body, who) {
  const bot = findBot(parts[2]);
  switch (parts[3]) {
    case 'pause': fleet.setStatus(bot, 'PAUSED', who.name, body.reason); return botRow(bot);
    case 'resume': fleet.setStatus(bot, 'ACTIVE', who.name, body.reason); return botRow(bot);
    case 'archive': fleet.setStatus(bot, 'ARCHIVED', who.name, body.reason); return botRow(bot);
    case 'check':
      fleet.quietTrace(bot, Date.now());
      return {outcome: 'NO_SIGNAL', reason: 'NO_SIGNAL',
              message: 'rsi < oversold does not hold: 51.2 against 42'};
    case 'close': {
      const open = fleet.positions.find((one) => one.bot === bot.id && one.status === 'OPEN');
      if (!open) throw new Refusal(409, 'NOTHING_TO_CLOSE', 'There is no open position.');
      fleet.close(bot, open, 'OPERATOR', Date.now());
      return {};
    }
    default: throw missing('such action');
  }
}

// What was asked for is in the log before it is done, as the engine keeps it.
const kVerbs = {
  'trigger': 'trigger', 'api/engine/mode': 'mode', 'api/engine/live': 'live',
  'api/engine/rollout': 'set_rollout', 'api/locks/lift': 'lift_locks',
};
function recordDeed(parts, body, who) {
  const verb = kVerbs[parts.join('/')] || (parts[1] === 'differences' ? 'decide' : parts[3]);
  const bot = parts[1] === 'bots' ? parts[2] : body.bot || '';
  fleet.emit(Date.now(), `operator.${verb}`, bot, bot, JSON.stringify(body), who.name);
}

function change(parts, body, who) {
  const path = parts.join('/');
  recordDeed(parts, body, who);
  if (path === 'trigger') return fleet.tick(), {};
  if (path === 'api/engine/mode') return fleet.setMode(body.mode, body.reason, who.name), {};
  if (path === 'api/engine/live') {
    fleet.mode = {...fleet.mode, live_trading: body.on};
    return {};
  }
  if (path === 'api/engine/rollout') {
    const given = (name) => body[name] === 'none' ? null : body[name];
    const cap = (name, before) => name in body ? given(name) : before;
    fleet.rollout = body.reset ? {...kConfiguredRollout} : {
      live_bots_max: cap('bots', fleet.rollout.live_bots_max),
      order_max: cap('order', fleet.rollout.order_max), by: 'operator'};
    fleet.emit(Date.now(), 'engine.rollout', '', 'engine', JSON.stringify(body), who.name);
    return {};
  }
  if (path === 'api/locks/lift') {
    fleet.locks = fleet.locks.filter((lock) => lock.bot !== body.bot);
    fleet.emit(Date.now(), 'risk.lifted', body.bot, body.bot, '', who.name);
    return {};
  }
  if (parts[1] === 'differences') {
    const found = fleet.differences.find((one) => one.id === parts[2]);
    if (!found) throw missing('difference of this id');
    Object.assign(found, {state: 'RESOLVED', decision: body.decision.toUpperCase(),
                          decided_by: who.name});
    fleet.emit(Date.now(), 'reconciliation.resolved', '', found.id, body.decision, who.name);
    return {};
  }
  if (parts[1] === 'bots') return changeBot(parts, body, who);
  throw missing('such action');
}

function whoIs(request) {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization || '')?.[1];
  if (given === options.token) return {name: 'operator', role: 'operate', anonymous: false};
  if (given === `${options.token}-read`) return {name: 'reader', role: 'read', anonymous: false};
  if (!given && options.anonymous !== 'none') {
    return {name: 'anonymous', role: options.anonymous, anonymous: true};
  }
  throw new Refusal(401, 'UNAUTHORIZED', given ? 'This token is not known.' : 'A token is needed.',
                    'Authorization: Bearer TOKEN');
}

function stream(request, response, params) {
  whoIs(request);
  response.writeHead(200, {...kSecurity, 'Content-Type': 'text/event-stream',
                           'Cache-Control': 'no-store'});
  const send = (event) => response.write(
      `id: ${event.sequence}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
  const after = Number(request.headers['last-event-id'] ?? params.get('after') ?? fleet.sequence);
  for (const event of fleet.events) if (event.sequence > after) send(event);
  fleet.listeners.add(send);
  const beat = setInterval(() => response.write(': beat\n\n'), 10000);
  const summary = setInterval(() => response.write(
      `event: overview\ndata: ${JSON.stringify(overview())}\n\n`), 1000);
  request.on('close', () => {
    fleet.listeners.delete(send);
    clearInterval(beat);
    clearInterval(summary);
  });
}

// As the engine, which names its files anew with each version, so that a browser keeps them.
const kKept = '/assets/0123456789abcdef/';

async function asset(response, path) {
  if (path !== '/' && !path.startsWith('/assets/')) throw missing('such page');
  const isKept = path.startsWith(kKept);
  const name = path === '/' ? 'index.html' : path.slice((isKept ? kKept : '/assets/').length);
  try {
    const bytes = await readFile(join(options.assets, normalize(`/${name}`)));
    response.writeHead(200, {...kSecurity, 'Content-Type': kTypes[extname(name)] || 'text/plain',
                             'Cache-Control': isKept ? 'max-age=31536000, immutable' : 'no-cache'});
    response.end(path === '/' ? bytes.toString().replaceAll('"/assets/', `"${kKept}`) : bytes);
  } catch {
    throw missing('such file');
  }
}

async function bodyOf(request) {
  if (!/^application\/json/.test(request.headers['content-type'] || '')) {
    throw new Refusal(415, 'UNSUPPORTED', 'The body must be JSON.');
  }
  let text = '';
  for await (const part of request) text += part;
  return JSON.parse(text || '{}');
}

async function answer(request, response) {
  const url = new URL(request.url, 'http://mock');
  const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  if (url.pathname.startsWith('/health')) return {status: 'ok', checks: []};
  if (url.pathname === '/api/stream') return stream(request, response, url.searchParams);
  if (request.method === 'GET' && parts[0] !== 'api') return asset(response, url.pathname);
  const who = whoIs(request);
  if (request.method === 'GET') return read(parts, url.searchParams, who);
  if (who.role !== 'operate') {
    throw new Refusal(403, 'FORBIDDEN', 'This token may read, but not operate.');
  }
  return change(parts, await bodyOf(request), who);
}

const server = createServer(async (request, response) => {
  try {
    const body = await answer(request, response);
    if (body === undefined || response.headersSent) return;
    response.writeHead(200, {...kSecurity, 'Content-Type': 'application/json',
                             'Cache-Control': 'no-store'});
    response.end(JSON.stringify(body));
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    const status = error.status || 500;
    response.writeHead(status, {...kSecurity, 'Content-Type': 'application/json'});
    response.end(JSON.stringify({error: {code: error.code || 'INTERNAL', message: error.message,
                                         fix: error.fix || ''}}));
  }
});
server.listen(Number(options.port), '127.0.0.1',
              () => console.log(`http://127.0.0.1:${server.address().port}/`));
