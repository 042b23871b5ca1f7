// An invented fleet that moves: prices, checks, signals, trades, positions. It makes rows of the
// shapes that the engine prints, and nothing in it decides anything.
import {createHash} from 'node:crypto';

const kSymbols = [
  ['BTC/USDT', 60000, 2], ['ETH/USDT', 3000, 2], ['SOL/USDT', 150, 2], ['XRP/USDT', 0.6, 4],
  ['ETH/USDT:USDT', 3000, 2],
];
const kStrategies = ['rsi_reversion', 'ema_cross', 'breakout', 'mean_reversion'];
const kGates = ['engine_mode', 'bot_status', 'signal_age', 'data_freshness', 'market_type',
                'symbol_lists', 'duplicate_position', 'pending_trade', 'cooldown', 'max_positions',
                'exchange_health', 'disk_space', 'risk_locks', 'sizing', 'balance',
                'allocation', 'instrument_filters', 'fleet'];
const kAlertedBot = 6;  // its signals come from outside
const kMinute = 60e3;

const iso = (ms) => (ms === null ? null : new Date(ms).toISOString());
const hash = (text, length = 32) =>
    createHash('sha256').update(text).digest('hex').slice(0, length);

const payloadOf = (trade) => ({
  order_type: 'MARKET', side: trade.side, quantity: trade.quantity, price: trade.entry,
  allocation: '1000', leverage: '1',
  ...(trade.direction === 'CLOSE' ? {closes: trade.position} : {
    cost: trade.reserved, stop_loss: {order_type: 'STOP_MARKET', price: trade.stop_loss},
    dca: [{level: 1, price: trade.stop_loss, cost: '200'}]}),
});

// xorshift: the same seed gives the same fleet.
export class Chance {
  constructor(seed) {
    this.state = seed >>> 0 || 1;
  }
  next() {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }
  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }
}

export class Fleet {
  constructor({bots = 40, seed = 7, now = Date.now(), sequence = 0}) {
    this.chance = new Chance(seed);
    this.sequence = sequence;
    this.started = now;
    this.mode = {mode: 'ACTIVE', by: '', at: null, detail: '', live_trading: true};
    this.listeners = new Set();
    Object.assign(this, {events: [], signals: [], intents: [], trades: [], positions: [], fills: [],
                         cycles: [], latency: [], traces: new Map(), equity: [], locks: [],
                         differences: [], alerts: []});
    this.markets = new Map(kSymbols.map(([symbol, price, digits]) => [
      symbol, {symbol, digits, candles: this.history(price, now)}]));
    this.bots = Array.from({length: bots}, (_, i) => this.makeBot(i, bots));
    this.realized = 0;
    this.measured = {check: [], order: [], commit: []};  // ms, since the newest cycle
    for (let i = 240; i > 40; --i) {
      this.equity.push({at: now - i * kMinute, equity: this.equityNow(), realized: '0'});
      this.realized += (this.chance.next() - 0.46) * 25;
    }
    for (let i = 0; i < 60; ++i) this.tick(now - (60 - i) * 40e3);
    this.seedRest(now);
  }

  history(price, now) {
    const candles = [];
    let close = price * (0.95 + this.chance.next() / 10);
    const end = Math.floor(now / kMinute) * kMinute;
    for (let at = end - 400 * kMinute; at <= end; at += kMinute) {
      const candle = this.candle(at, close);
      close = candle.close;
      candles.push(candle);
    }
    return candles;
  }

  candle(at, open) {
    const move = () => (this.chance.next() - 0.5) * 0.004;
    const close = open * (1 + move());
    return {at, open, close, high: Math.max(open, close) * (1 + this.chance.next() * 0.0008),
            low: Math.min(open, close) * (1 - this.chance.next() * 0.0008),
            volume: 20 + this.chance.next() * 80};
  }

  makeBot(i, total) {
    const [symbol] = kSymbols[i % kSymbols.length];
    const strategy = i === kAlertedBot ? 'external'
        : kStrategies[Math.floor(i / kSymbols.length) % kStrategies.length];
    const status = i === 3 ? 'PAUSED' : i === 11 ? 'ERROR' : 'ACTIVE';
    const word = {rsi_reversion: 'dip', ema_cross: 'cross', breakout: 'range',
                  mean_reversion: 'mean', external: 'alert'}[strategy];
    const number = String(i + 1).padStart(String(total).length, '0');
    return {
      id: `${word}-${symbol.replace('/', '').replace(':USDT', '-p').toLowerCase()}-${number}`,
      name: `${word[0].toUpperCase()}${word.slice(1)} ${symbol}`, status, strategy, symbol,
      timeframe: '1m', next_check_at: this.started, last_check_at: this.started,
      last_decision: null, position: null, realized: (this.chance.next() - 0.45) * 40,
      checks: Math.floor(this.chance.next() * 900), signals: 0, settings_version: 1,
      note: {PAUSED: 'as configured', ERROR: '5 failures in 10 min'}[status] || '',
      completed: 0, failed: 0,
    };
  }

  priceOf(symbol) {
    const {candles} = this.markets.get(symbol);
    return candles[candles.length - 1].close;
  }

  text(symbol, price) {
    return price.toFixed(this.markets.get(symbol).digits);
  }

  unrealized(position) {
    const sign = position.side === 'LONG' ? 1 : -1;
    return sign * (this.priceOf(position.symbol) - Number(position.average_entry)) *
        Number(position.quantity);
  }

  openPositions() {
    return this.positions.filter((position) => position.status === 'OPEN');
  }

  equityNow() {
    const open = this.openPositions().reduce((sum, one) => sum + this.unrealized(one), 0);
    return (100000 + (this.realized || 0) + open).toFixed(2);
  }

  emit(at, kind, bot, subject, detail, actor = 'engine') {
    const event = {sequence: ++this.sequence, at: iso(at), kind, bot, subject, detail, actor};
    this.events.push(event);
    for (const listener of this.listeners) listener(event);
    return event;
  }

  movePrices(now) {
    const minute = Math.floor(now / kMinute) * kMinute;
    for (const market of this.markets.values()) {
      const last = market.candles[market.candles.length - 1];
      if (minute > last.at) {
        market.candles.push(this.candle(minute, last.close));
      } else {
        last.close *= 1 + (this.chance.next() - 0.5) * 0.0006;
        last.high = Math.max(last.high, last.close);
        last.low = Math.min(last.low, last.close);
        last.volume += this.chance.next();
      }
    }
  }

  // One pass of the scheduler; about every third brings a signal.
  tick(now = Date.now()) {
    this.movePrices(now);
    const due = this.bots.filter((bot) => bot.status === 'ACTIVE').slice(0, 500);
    for (const bot of due) {
      bot.last_check_at = now;
      bot.next_check_at = now + 5000;
      ++bot.checks;
    }
    let signals = 0;
    if (due.length && this.chance.next() < 0.5) {
      this.signal(this.chance.pick(due), now);
      ++signals;
    }
    for (let i = 0; i < 3 && due.length; ++i) this.quietTrace(this.chance.pick(due), now);
    for (let i = 0; i < Math.min(due.length, 20); ++i) this.took('check', 2, 14);
    for (let i = 0; i < 3; ++i) this.took('commit', 0.4, 6);
    const cycle = {number: this.cycles.length + 1, started_at: iso(now),
                   duration_ms: Math.round(4 + this.chance.next() ** 4 * 60), found: due.length,
                   succeeded: due.length, failed: 0, signals};
    this.cycles.push(cycle);
    this.latency.push({cycle: cycle.number, at: now, duration_ms: cycle.duration_ms,
                       ...this.takeMeasured()});
    this.equity.push({at: now, equity: this.equityNow(), realized: this.realized.toFixed(2)});
  }

  trace(bot, now, fields) {
    const close = Math.floor(now / kMinute) * kMinute;
    const conditions = [{name: 'rsi < oversold', value: 20 + this.chance.next() * 60, threshold: 42,
                         met: fields.decision !== 'SKIPPED' || fields.reason !== 'NO_SIGNAL'}];
    const trace = {
      bot: bot.id, candle_close: iso(close), checked_at: iso(now), signal: '', trade: '',
      stage: 'CHECKED', decision: 'SKIPPED', reason: 'NO_SIGNAL', reason_message: '',
      context_json: JSON.stringify({close: this.text(bot.symbol, this.priceOf(bot.symbol)),
                                    data_age_ms: 2, gaps: 0}),
      exchange_error_snippet: '', conditions, verdicts: [], explanation: '', ...fields,
    };
    if (trace.reason === 'NO_SIGNAL') {
      conditions[0].met = false;
      const value = conditions[0].value.toFixed(4);
      trace.explanation = `rsi < oversold does not hold: ${value} against 42`;
    }
    const of = this.traces.get(bot.id) || new Map();
    of.set(trace.candle_close, trace);
    this.traces.set(bot.id, of);
    bot.last_decision = {reason: trace.reason, message: trace.explanation, at: now};
    return trace;
  }

  quietTrace(bot, now) {
    const close = iso(Math.floor(now / kMinute) * kMinute);
    if (!this.traces.get(bot.id)?.has(close)) this.trace(bot, now, {});
  }

  verdicts(refusedBy, reason, detail) {
    const end = refusedBy ? kGates.indexOf(refusedBy) + 1 : kGates.length;
    return kGates.slice(0, end).map((gate) => ({
      gate, reason: gate === refusedBy ? reason : 'NONE',
      detail: gate === refusedBy ? detail : gate === 'sizing' ? '0.00364 for 200' : ''}));
  }

  refusalOf(bot, direction) {
    if (this.mode.mode === 'REDUCING' && direction !== 'CLOSE') {
      return ['engine_mode', 'ENGINE_REDUCING', 'the engine is REDUCING, only closes pass'];
    }
    if (this.mode.mode === 'HALTED') {
      return ['engine_mode', 'ENGINE_HALTED', 'the engine is HALTED'];
    }
    if (direction === 'CLOSE') return null;
    const roll = this.chance.next();
    if (bot.position) {
      return ['duplicate_position', 'DUPLICATE_POSITION',
              `LONG ${bot.position.quantity} is open, LONG wanted`];
    }
    if (roll < 0.15) return ['cooldown', 'COOLDOWN_BOT', '12 s of 30 s left'];
    if (roll < 0.22) return ['max_positions', 'MAX_POSITIONS_GLOBAL', '40 of 40 open'];
    return null;
  }

  signal(bot, now) {
    const direction = bot.position && this.chance.next() < 0.6 ? 'CLOSE' : 'LONG';
    const price = this.priceOf(bot.symbol);
    const text = (factor) => (direction === 'CLOSE' ? '0' : this.text(bot.symbol, price * factor));
    const refusal = this.refusalOf(bot, direction);
    const id = hash(`${bot.id} ${now} ${this.sequence}`);
    const signal = {
      id, source: bot.strategy === 'external' ? 'WEBHOOK' : 'STRATEGY', bot: bot.id,
      symbol: bot.symbol, direction, timeframe: bot.timeframe,
      candle_close: iso(Math.floor(now / kMinute) * kMinute), created_at: iso(now),
      conditions: [{name: 'rsi < oversold', value: 38.2, threshold: 42, met: true}],
      score: this.chance.next(), entry: this.text(bot.symbol, price), stop_loss: text(0.99),
      take_profit: text(1.02), decision: refusal ? 'REJECTED' : 'ACCEPTED',
      rejection_reason: refusal ? refusal[1] : 'NONE', verdicts: this.verdicts(...(refusal || [])),
      market_context: JSON.stringify({close: this.text(bot.symbol, price), rsi: 38.2}),
      execution_status: refusal ? 'FILTERED' : 'PENDING',
      execution_reason: refusal ? refusal[1] : 'NONE', executed_trade_id: '', execution_attempts: 0,
    };
    this.signals.push(signal);
    ++bot.signals;
    const explanation = refusal ? `${refusal[0]}: ${refusal[2]}` : 'the order is requested';
    const trace = this.trace(bot, now, {
      signal: id, verdicts: signal.verdicts, conditions: signal.conditions, explanation,
      reason: refusal ? refusal[1] : 'NONE', stage: refusal ? 'CHECKED' : 'ORDER_REQUESTED',
      decision: refusal ? 'SKIPPED' : 'PENDING'});
    this.emit(now, refusal ? 'signal.rejected' : 'signal.accepted', bot.id, id,
              refusal ? refusal[1] : direction);
    if (!refusal) this.requestOrder(bot, signal, trace, now);
    return signal;
  }

  // As the engine ends the details of a trade's events, once the row is that of the moment.
  emitOfTrade(now, kind, trade, words) {
    const signal = {COMPLETED: 'EXECUTED'}[trade.status] || trade.status;
    const intent = {COMPLETED: 'ORDER_PLACED', FAILED: 'ORDER_FAILED'}[trade.status] || 'PENDING';
    this.emit(now, kind, trade.bot, trade.id,
              `${words}; signal ${trade.signal} ${signal}, intent ${intent}`);
  }

  requestOrder(bot, signal, trace, now) {
    const id = `bb${hash(signal.id, 26)}`;
    const quantity = signal.direction === 'CLOSE' ? bot.position.quantity
        : (200 / Number(signal.entry)).toFixed(5);
    const intent = {key: `s:${signal.id}`, signal: signal.id, bot: bot.id, symbol: bot.symbol,
                    side: signal.direction === 'LONG' ? 'BUY' : 'SELL', status: 'PENDING',
                    order_id: '', error_message: '', created_at: iso(now), updated_at: iso(now)};
    const trade = {id, bot: bot.id, signal: signal.id, intent: intent.key, symbol: bot.symbol,
                   direction: signal.direction, side: intent.side, position: id, quantity,
                   entry: signal.entry, stop_loss: signal.stop_loss,
                   take_profit: signal.take_profit, reserved: '200', client_order_id: id,
                   stop_client_id: '', take_profit_client_id: '', status: 'PENDING', order_id: '',
                   attempts: 0, outcome_unknown: false, reason: 'NONE', error_message: '',
                   created_at: iso(now), updated_at: iso(now)};
    trace.context_json = JSON.stringify({...JSON.parse(trace.context_json),
                                         payload: payloadOf(trade)});
    this.intents.push(intent);
    this.trades.push(trade);
    this.emit(now, 'intent.pending', bot.id, intent.key, '');
    this.emitOfTrade(now, 'trade.pending', trade, quantity);
    const failed = this.chance.next() < 0.05;
    this.work.push({at: now + 400, run: () => this.execute(trade, now + 400)},
                   {at: now + 900, run: () => this.finish(bot, signal, trace, intent, trade, failed,
                                                          now + 900)});
  }

  work = [];

  // Does what is due of the orders under way.
  settle(now = Date.now()) {
    const due = this.work.filter((one) => one.at <= now);
    this.work = this.work.filter((one) => one.at > now);
    for (const one of due) one.run();
  }

  // Mostly quick, now and then slow.
  took(what, least, spread) {
    this.measured[what].push(least + spread * this.chance.next() ** 3);
  }

  // What was measured since the cycle before, in the fields of a row of latencies.
  takeMeasured() {
    const row = {};
    for (const [what, values] of Object.entries(this.measured)) {
      values.sort((a, b) => a - b);
      const part = (share) => values[Math.floor((values.length - 1) * share)] ?? null;
      Object.assign(row, {[`${what}s`]: values.length, [`${what}_p50_ms`]: part(0.5),
                          [`${what}_p99_ms`]: part(0.99)});
      this.measured[what] = [];
    }
    return row;
  }

  execute(trade, now) {
    this.took('order', 5, 40);
    Object.assign(trade, {status: 'EXECUTING', attempts: 1, updated_at: iso(now)});
    this.emitOfTrade(now, 'trade.executing', trade, 'attempt 1');
  }

  finish(bot, signal, trace, intent, trade, failed, now) {
    const reason = failed ? 'EXCHANGE_REJECTED' : 'EXEC_ORDER_PLACED';
    const error = failed ? 'Balance is not sufficient' : '';
    Object.assign(signal, {execution_status: failed ? 'FAILED' : 'EXECUTED',
                           execution_reason: reason, executed_trade_id: trade.id,
                           execution_attempts: 1});
    Object.assign(intent, {status: failed ? 'ORDER_FAILED' : 'ORDER_PLACED', error_message: error,
                           order_id: failed ? '' : `p-${trade.id}`, updated_at: iso(now)});
    Object.assign(trade, {status: failed ? 'FAILED' : 'COMPLETED', order_id: intent.order_id,
                          reason, error_message: error, updated_at: iso(now)});
    Object.assign(trace, {stage: intent.status, decision: failed ? 'FAILED' : 'EXECUTED', reason,
                          trade: trade.id, explanation: failed ? error
                              : `order ${intent.order_id} placed`});
    bot.last_decision = {reason, message: trace.explanation, at: now};
    if (failed) {
      ++bot.failed;
      this.emitOfTrade(now, 'trade.failed', trade, error);
      return;
    }
    ++bot.completed;
    const price = this.text(bot.symbol, this.priceOf(bot.symbol) * 1.0002);
    const open = this.positions.find((one) => one.bot === bot.id && one.status === 'OPEN');
    this.fills.push({bot: bot.id, position: open?.id || trade.id, id: `x-${trade.id}-1`,
                     client_id: trade.id, order_id: trade.order_id, symbol: bot.symbol,
                     side: trade.side, price, quantity: trade.quantity, fee: '0.2', at: iso(now),
                     number: 1});
    if (trade.direction === 'CLOSE' && open) this.close(bot, open, 'STRATEGY_EXIT', now);
    else if (!open) this.open(bot, trade, price, now);
    this.emitOfTrade(now, 'trade.completed', trade, `order ${trade.order_id}`);
  }

  open(bot, trade, price, now) {
    this.positions.push({
      id: trade.id, bot: bot.id, symbol: bot.symbol, side: 'LONG', status: 'OPEN',
      quantity: trade.quantity, total_entered: trade.quantity, entry_cost: '200',
      average_entry: price, stop_loss: trade.stop_loss, take_profit: trade.take_profit,
      stop_client_id: '', take_profit_client_id: '', realised_profit: '0', fees: '0.2',
      opened_at: iso(now), closed_at: null, close_reason: 'NONE', applied: []});
    bot.position = {side: 'LONG', quantity: trade.quantity, average: price};
    this.emit(now, 'position.opened', bot.id, trade.id, `LONG ${trade.quantity} at ${price}`);
  }

  close(bot, position, reason, now) {
    const gross = this.unrealized(position);
    const profit = gross - 0.4;
    this.realized += profit;
    bot.realized += profit;
    bot.position = null;
    Object.assign(position, {status: 'CLOSED', quantity: '0', realised_profit: gross.toFixed(4),
                             closed_at: iso(now), close_reason: reason, fees: '0.4'});
    this.emit(now, 'position.closed', bot.id, position.id,
              `${reason}, profit ${profit.toFixed(4)}`);
  }

  seedRest(now) {
    this.settle(now);
    const [, second, third] = this.bots;
    if (!third) return;  // an engine before its first bots has nothing to tell
    this.locks.push({bot: second.id, reason: 'LOSING_STREAK', state: 'ACTIVE',
                     since: iso(now - 6e5), until: iso(now + 18e5), detail: '4 losses in a row'});
    this.differences.push({
      id: hash('difference'), kind: 'EXTERNAL_ORDER', severity: 'NOTICE', symbol: third.symbol,
      bot: '', ours: '0', theirs: '0.5', state: 'WAITING', decision: 'WAIT', decided_by: '',
      found_at: iso(now - 9e5), ended_at: null, detail: 'an order stands that nobody here placed'});
    this.differences.push({
      id: hash('second'), kind: 'FILLS_MISSED', severity: 'NOTICE', symbol: second.symbol,
      bot: second.id, ours: '0', theirs: '0.00364', state: 'RESOLVED', decision: 'ADOPT',
      decided_by: 'engine', found_at: iso(now - 36e5), ended_at: iso(now - 36e5 + 40),
      detail: 'one fill was booked'});
    const quarantined = this.bots[11] ?? second;
    this.alerts.push({id: '1', kind: 'bot.quarantined', severity: 'WARNING', state: 'RAISED',
                      text: `${quarantined.id}: 5 failures in 10 min`, at: now - 12e5,
                      told_at: now - 12e5, cleared_at: null, count: 1});
  }

  setMode(mode, reason, by, now = Date.now()) {
    this.mode = {...this.mode, mode: mode.toUpperCase(), by, at: now, detail: reason || ''};
    const detail = `${this.mode.mode}${reason ? `: ${reason}` : ''}`;
    this.emit(now, 'engine.mode', '', 'engine', detail, by);
  }

  setStatus(bot, status, by, reason) {
    const detail = `${bot.status} -> ${status}${reason ? `: ${reason}` : ''}`;
    bot.status = status;
    bot.note = reason || '';
    this.emit(Date.now(), 'bot.status', bot.id, bot.id, detail, by);
  }
}
