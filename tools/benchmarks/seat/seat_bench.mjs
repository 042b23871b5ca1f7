// What the operator's seat costs beside a large fleet: lists, overview, page and a hundred streams of
// a running engine, and what they do to its cycles.
//   node seat_bench.mjs --botbox build/release/bin/botbox [--bots 10000] [--blocks 4] [--cycles 12]
//                       [--streams 100] [--chromium /usr/bin/chromium] [--json FILE] [--hold]
// The engine's clock runs --scale times faster, so that every cycle meets a new candle; times are
// those of the wall. Quiet blocks of cycles and blocks under load take turns, so that a neighbour on
// the machine meets both. The page is opened when the packages of tests/dashboard are installed.
// A check's deadline runs by the engine's clock as well: what the bench calls failed are checks that
// were not answered within 10 s of it, and a scale is too high for the machine when there are any.
// With --hold nothing is measured: the fleet trades for some cycles, and the engine is left for
// whoever wants to look at it until the bench is interrupted.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import {setPriority, tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const {values: options} = parseArgs({options: {
  botbox: {type: 'string'}, bots: {type: 'string', default: '10000'},
  blocks: {type: 'string', default: '4'}, cycles: {type: 'string', default: '12'},
  streams: {type: 'string', default: '100'}, scale: {type: 'string', default: '10'},
  port: {type: 'string', default: '18799'}, hold: {type: 'boolean', default: false},
  chromium: {type: 'string', default: '/usr/bin/chromium'}, json: {type: 'string'},
}});
if (!options.botbox) throw new Error('--botbox PROGRAM is needed');

const kHere = dirname(fileURLToPath(import.meta.url));
const kSymbols = ['BTC/USDT', 'ETH/USDT'];
const bots = Number(options.bots);
const scale = Number(options.scale);
const origin = Date.now();
const kCandleMs = 60000;
const kDeadlineMs = 10000;  // of a check, by the engine's clock
// Between the engine's clock and the wall's.
const engineNow = () => origin + (Date.now() - origin) * scale;
const onTheWall = (at) => origin + (at - origin) / scale;
const port = Number(options.port);
const agent = new http.Agent({keepAlive: true, maxSockets: 8});
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const kConfig = `[engine]
name = "seat"
[exchange]
kind = "paper"
[[exchange.limit]]
name = "weight"
window = "10m"
limit = 1000000
[[exchange.limit]]
name = "orders"
window = "10m"
limit = 1000000
counts = "orders"
[api]
port = ${port}
[paper]
feed = "synthetic"
start_balance = 100000000
[[paper.symbol]]
symbol = "BTC/USDT"
price = 60000
[[paper.symbol]]
symbol = "ETH/USDT"
price = 3000
lot = 0.0001
[bot_defaults]
timeframe = "1m"
check_interval = "12h"
allocation = 2000
stake_amount = 200
[[bot]]
id = "seat"
strategy = "rsi_reversion"
symbols = ["${kSymbols.join('", "')}"]
count = ${Math.ceil(bots / kSymbols.length)}
[bot.parameters]
rsi_period = 2
oversold = 40
overbought = 60
exit_rsi = 55
`;

const quantile = (values, part) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
};
const sum = (values, of) => values.reduce((total, value) => total + of(value), 0);
const milliseconds = (value) => value === undefined ? '–' : value.toFixed(value < 10 ? 2 : 1);

class Engine {
  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'botbox-seat-'));
    writeFileSync(join(this.directory, 'seat.toml'), kConfig);
    this.data = join(this.directory, 'data');
  }

  async start() {
    this.process = spawn(options.botbox, ['run', '--config', join(this.directory, 'seat.toml'),
                                          '--data', this.data, '--time-scale', String(scale),
                                          '--time-origin', String(origin)],
                         {stdio: ['ignore', 'pipe', 'pipe']});
    let output = '';
    // The fleet may be ready before the port is open.
    const missing = new Set(['fleet ready', 'dashboard and API on']);
    for (const pipe of [this.process.stdout, this.process.stderr]) {
      pipe.on('data', (text) => {
        output = (output + text).slice(-8000);
        for (const words of missing) if (output.includes(words)) missing.delete(words);
      });
    }
    this.process.once('exit', (code, signal) => {
      if (!this.isStopping) console.error(`the engine ended (${signal || code}):\n${output}`);
    });
    while (missing.size || !existsSync(join(this.data, 'api.token'))) {
      if (this.process.exitCode !== null) throw new Error(`the engine ended:\n${output}`);
      await sleep(50);
    }
    this.token = readFileSync(join(this.data, 'api.token'), 'utf8').trim();
  }

  async stop() {
    this.isStopping = true;
    this.process?.kill('SIGTERM');
    if (this.process && this.process.exitCode === null) await once(this.process, 'exit');
    rmSync(this.directory, {recursive: true, force: true});
  }

  // {status, body, ms}: to the last byte.
  ask(method, path, body = null) {
    const begin = performance.now();
    return new Promise((resolve, reject) => {
      const request = http.request({port, host: '127.0.0.1', method, path, agent, headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body !== null && {'Content-Type': 'application/json'})}}, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => resolve({status: answer.statusCode, ms: performance.now() - begin,
                                        body: Buffer.concat(parts).toString()}));
      });
      request.on('error', reject);
      request.end(body ?? undefined);
    });
  }

  async json(path) {
    const answer = await this.ask('GET', path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  // Runs one cycle over all bots on the next candle; its duration as the engine records it.
  async cycle() {
    const close = (Math.floor(engineNow() / kCandleMs) + 1) * kCandleMs;
    await sleep(Math.max(0, onTheWall(close) - Date.now()) + 50);
    const begun = JSON.parse((await this.ask('POST', '/api/trigger', '{}')).body);
    if (begun.cycle === undefined) throw new Error(JSON.stringify(begun));
    for (;;) {
      const {items} = await this.json('/api/cycles?limit=5');
      const found = items.find((row) => row.number === begun.cycle);
      if (found) return {ms: found.duration_ms / scale, found: found.found, failed: found.failed};
      await sleep(20);
    }
  }
}

// One of those who listen. Counts the events and notes the numbers of the first and the last one;
// reading each of a million events a cycle would measure this process, not the engine.
class Listener {
  constructor(engine) {
    this.engine = engine;
    this.count = 0;
    this.hasEnded = false;
    this.rest = Buffer.alloc(0);
  }

  async open() {
    this.request = http.get({port, host: '127.0.0.1', path: '/api/stream', agent: false,
      headers: {Authorization: `Bearer ${this.engine.token}`}});
    const [answer] = await once(this.request, 'response');
    if (answer.statusCode !== 200) throw new Error(`stream: ${answer.statusCode}`);
    answer.on('data', (part) => this.take(part));
    answer.on('end', () => { this.hasEnded = true; });
    answer.on('error', () => {});
  }

  // Blocks end at an empty line; those with a number (they begin with "id: ") are events.
  take(part) {
    const bytes = this.rest.length ? Buffer.concat([this.rest, part]) : part;
    let begin = 0;
    for (let end; (end = bytes.indexOf('\n\n', begin)) >= 0; begin = end + 2) {
      if (bytes[begin] === kLetterI) this.note(bytes, begin, end);
    }
    this.rest = bytes.subarray(begin);
  }

  note(bytes, begin, end) {
    this.last = () => number(bytes, begin, end);
    if (++this.count === 1) this.first = this.last();
  }

  // Numbers follow one another, so those that are not in the count were not heard.
  missed() {
    return this.count ? this.last() - this.first + 1 - this.count : 0;
  }

  close() {
    this.request.destroy();
  }
}

const kLetterI = 'i'.charCodeAt(0);
const number = (bytes, begin, end) => Number(/^id: (\d+)/.exec(bytes.toString('latin1', begin, end))[1]);

// One of them reads every event: how late it came after it was made.
class Reader extends Listener {
  delays = [];

  note(bytes, begin, end) {
    super.note(bytes, begin, end);
    const at = /"at":"([^"]+)"/.exec(bytes.toString('utf8', begin, end));
    if (at) this.delays.push(Date.now() - onTheWall(Date.parse(at[1])));
  }
}

const kLists = [
  '/api/bots?limit=100', '/api/bots?limit=100&sort=profit&desc=1', '/api/bots?limit=100&search=ethusdt',
  '/api/bots?limit=100&cursor=5000', '/api/signals', '/api/intents', '/api/trades', '/api/positions',
  '/api/fills', '/api/events', '/api/cycles',
];

// Asks lists one after the other until told to stop.
async function poll(engine, paths, into, until) {
  for (let i = 0; !until.over; ++i) {
    const path = paths[i % paths.length];
    const answer = await engine.ask('GET', path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    into.push({path, ms: answer.ms});
    await sleep(25);
  }
}

async function cycles(engine, count) {
  const found = [];
  for (let i = 0; i < count; ++i) {
    found.push(await engine.cycle());
  }
  return found;
}

// From the address to the painted cards, by the clock of the page, which has nothing kept from
// before; what it takes to open a browser's window is not in it. null without a browser's driver.
async function openPage(engine) {
  const pages = join(kHere, '../../../tests/dashboard/pages.mjs');
  if (!existsSync(options.chromium) ||
      !existsSync(join(dirname(pages), 'node_modules/playwright-core'))) return null;
  const {Dashboard, launch} = await import(pages);
  const browser = await launch(options.chromium);
  const times = [];
  try {
    for (let i = 0; i < 5; ++i) {
      const page = await Dashboard.open(browser, {url: `http://127.0.0.1:${port}`,
                                                  token: engine.token});
      await page.page.locator('.card-value').first().waitFor();
      times.push(await page.cardsMs());
      await page.close();
    }
  } finally {
    await browser.close();
  }
  return times;
}

async function lists(engine, each) {
  const rows = [];
  for (const path of kLists) {
    const times = [];
    for (let i = 0; i < each; ++i) {
      const answer = await engine.ask('GET', path);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
      times.push(answer.ms);
    }
    rows.push({path, p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: Math.max(...times)});
  }
  return rows;
}

async function measure(engine) {
  const result = {bots, streams: Number(options.streams)};
  const first = await engine.ask('GET', '/api/overview');
  result.overview_first_ms = first.ms;
  await cycles(engine, 3);  // warm
  // Alternating blocks: quiet, then with everybody looking.
  const quiet = [];
  const loaded = [];
  const polled = [];
  const delays = [];
  for (let block = 0; block < Number(options.blocks); ++block) {
    quiet.push(...await cycles(engine, Number(options.cycles)));
    const until = {over: false};
    const reader = new Reader(engine);
    const here = [reader];
    while (here.length < Number(options.streams)) here.push(new Listener(engine));
    for (const listener of here) await listener.open();
    const polls = Promise.all([poll(engine, kLists, polled, until),
                               poll(engine, ['/api/overview', '/api/equity'], polled, until)]);
    loaded.push(...await cycles(engine, Number(options.cycles)));
    await sleep(1000);
    until.over = true;
    await polls;
    for (const delay of reader.delays) delays.push(delay);  // more than a call may have arguments
    result.stream_events = (result.stream_events || 0) + reader.count;
    result.stream_missed = (result.stream_missed || 0) + sum(here, (one) => one.missed());
    result.stream_ended = (result.stream_ended || 0) + sum(here, (one) => one.hasEnded ? 1 : 0);
    for (const listener of here) listener.close();
  }
  result.stream_delay_ms = {p50: quantile(delays, 0.5), p99: quantile(delays, 0.99)};
  result.cycle_found = Math.min(...quiet.map((one) => one.found));
  result.cycle_failed = sum([...quiet, ...loaded], (one) => one.failed);
  const summary = (rows) => ({p50: quantile(rows.map((one) => one.ms), 0.5),
                              p99: quantile(rows.map((one) => one.ms), 0.99), cycles: rows.length});
  result.cycle_quiet_ms = summary(quiet);
  result.cycle_loaded_ms = summary(loaded);
  result.polled_ms = {p50: quantile(polled.map((one) => one.ms), 0.5),
                      p99: quantile(polled.map((one) => one.ms), 0.99), requests: polled.length};
  result.lists = await lists(engine, 200);
  const overviews = [];
  for (let i = 0; i < 200; ++i) overviews.push((await engine.ask('GET', '/api/overview')).ms);
  result.overview_ms = {p50: quantile(overviews, 0.5), p99: quantile(overviews, 0.99)};
  result.page_ms = await openPage(engine);
  return result;
}

function print(result) {
  const row = (name, value, floor = '') =>
      console.log(`${name.padEnd(46)} ${String(value).padStart(22)}  ${floor}`);
  const pair = (one) => `${milliseconds(one.p50)} / ${milliseconds(one.p99)}`;
  row(`${result.bots} bots; median / p99 in ms`, '', 'wanted');
  row('overview, the first answer', milliseconds(result.overview_first_ms), '< 1000');
  row('overview, 200 answers', pair(result.overview_ms), '< 1000');
  if (result.page_ms) row('page to its cards, best / worst of 5',
      `${milliseconds(Math.min(...result.page_ms))} / ${milliseconds(Math.max(...result.page_ms))}`,
      '< 1000');
  for (const list of result.lists) row(`  ${list.path}`, pair(list), 'p99 < 50');
  row(`lists and overview, while cycles run (${result.polled_ms.requests})`, pair(result.polled_ms));
  row(`cycle over ${result.cycle_found} bots, quiet (${result.cycle_quiet_ms.cycles})`,
      pair(result.cycle_quiet_ms));
  row(`  with ${result.streams} streams and lists`, pair(result.cycle_loaded_ms),
      `p99 ${(100 * (result.cycle_loaded_ms.p99 / result.cycle_quiet_ms.p99 - 1)).toFixed(1)} %, ` +
      'wanted < +10 %');
  row(`stream: ${result.stream_events} events to each of ${result.streams}`,
      pair(result.stream_delay_ms), `${result.stream_missed} missed, ${result.stream_ended} cut off`);
  if (result.cycle_failed) row('checks that failed', result.cycle_failed,
      `not answered within ${kDeadlineMs / scale} ms of the wall: take a lower --scale`);
}

async function hold(engine) {
  await cycles(engine, 5);
  console.log(`http://127.0.0.1:${port}, with the token of ${join(engine.data, 'api.token')}`);
  console.log('The fleet is checked once a candle. Interrupt to end it.');
  let isOver = false;
  const interrupted = new Promise((resolve) => {
    process.once('SIGINT', () => resolve(isOver = true));
  });
  const next = () => engine.cycle().catch((error) => {
    if (!isOver) console.error(error.message);
    return sleep(1000);
  });
  while (!isOver) await Promise.race([next(), interrupted]);
}

const engine = new Engine();
try {
  await engine.start();
  // Those who look sit at other machines: here they take what the engine leaves of this one.
  setPriority(19);
  if (options.hold) {
    await hold(engine);
  } else {
    const result = await measure(engine);
    print(result);
    if (options.json) writeFileSync(options.json, JSON.stringify(result, null, 2));
  }
} finally {
  await engine.stop();
}
