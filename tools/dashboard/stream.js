// The engine's event stream over fetch, which unlike EventSource can carry a token in a header.
// No event is lost between connections: each connection resumes behind the last number seen.
import {authHeaders} from './api.js';

const kSilenceMs = 25000;  // the engine sends a beat every 10 s
const kFirstDelayMs = 500;
const kLongestDelayMs = 15000;

// Calls handler({id, event, data}) for each complete message of a text/event-stream.
export class StreamParser {
  constructor(handler) {
    this.handler = handler;
    this.rest = '';
    this.message = {};
  }

  push(text) {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    for (const line of lines) this.line(line);
  }

  line(line) {
    if (line === '') {
      if (this.message.data !== undefined) this.handler(this.message);
      this.message = {};
      return;
    }
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      const before = this.message.data;
      this.message.data = before === undefined ? value : `${before}\n${value}`;
    } else if (field === 'id' || field === 'event') {
      this.message[field] = value;
    }
  }
}

export class EventStream {
  // on: {message(m), state(name, detail), refused(status)}; states: connecting, live, waiting.
  constructor(on) {
    this.on = on;
    this.last = null;
    this.attempt = 0;
    this.run = 0;
  }

  start(after) {
    this.stop();
    if (after !== undefined) this.last = after;
    this.attempt = 0;
    this.connect(++this.run);
  }

  stop() {
    ++this.run;
    clearTimeout(this.timer);
    this.abort?.abort();
  }

  retryNow() {
    this.start();
  }

  async connect(run) {
    this.on.state('connecting', {attempt: this.attempt});
    const abort = new AbortController();
    this.abort = abort;
    let silence = setTimeout(() => abort.abort(), kSilenceMs);
    try {
      const headers = {...authHeaders(), Accept: 'text/event-stream'};
      if (this.last !== null) headers['Last-Event-ID'] = String(this.last);
      const path = this.last === null ? '/api/stream' : `/api/stream?after=${this.last}`;
      const response = await fetch(path, {headers, signal: abort.signal, cache: 'no-store',
                                          credentials: 'omit'});
      if (run !== this.run) return;
      if (!response.ok) {
        if (response.status === 401 || response.status === 403) {
          this.on.refused(response.status);
          return;
        }
        throw new Error(`HTTP ${response.status}`);
      }
      this.attempt = 0;
      this.on.state('live');
      const parser = new StreamParser((message) => this.take(run, message));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const {value, done} = await reader.read();
        if (done || run !== this.run) break;
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), kSilenceMs);
        parser.push(value);
      }
    } catch {
      // Whatever broke the connection, the answer is to connect again.
    } finally {
      clearTimeout(silence);
    }
    if (run === this.run) this.wait(run);
  }

  take(run, message) {
    if (run !== this.run) return;
    if (message.id !== undefined && message.id !== '') this.last = message.id;
    this.on.message(message);
  }

  // Twice as long each time, up to a bound, and spread so that a hundred pages do not come at once.
  wait(run) {
    const delay = Math.min(kLongestDelayMs, kFirstDelayMs * 2 ** this.attempt++) *
        (0.75 + Math.random() / 2);
    this.on.state('waiting', {until: Date.now() + delay, attempt: this.attempt});
    this.timer = setTimeout(() => {
      if (run === this.run) this.connect(run);
    }, delay);
  }
}
