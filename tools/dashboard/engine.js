// What the page knows of the engine: session, overview, newest events, connection. One copy for all
// views, kept current by the event stream.
import {get, post, setUnauthorizedHandler} from './api.js';
import {toMs} from './format.js';
import {getToken, setToken} from './preferences.js';
import {EventStream} from './stream.js';
import {Store} from './store.js';

const kEventsKept = 500;
const kOverviewMs = 5000;  // the oldest overview that is shown without asking again
const kAgainMs = 3000;     // before an engine that did not answer is asked again

// phase: starting | login | ready | unreachable (error: an ApiError; of a login: text)
export const session = new Store({phase: 'starting', error: null});
export const overview = new Store(null);
export const overviewError = new Store(null);  // an ApiError: of the last question, if it failed
export const events = new Store(null);         // newest first; null: not known yet
export const connection = new Store({state: 'connecting', since: Date.now()});
export const resync = new Store(0);   // grows when all that was read may be out of date
export const now = new Store(Date.now());

let skewMs = 0;  // engine's clock minus this browser's
setInterval(() => now.set(Date.now() + skewMs), 1000);

const listeners = new Set();
// handler(event) for each event of the stream; returns the function that ends it.
export function onEvent(handler) {
  listeners.add(handler);
  return () => listeners.delete(handler);
}

export const canOperate = () => session.value.role === 'operate';

const stream = new EventStream({message: onMessage, state: onState, refused: onRefused});

function onMessage(message) {
  let data;
  try {
    data = JSON.parse(message.data);
  } catch {
    return;
  }
  if (message.event === 'overview') {
    if (data && data.mode) takeOverview(data);
    else refreshOverview();
    return;
  }
  const event = {kind: message.event, ...data};
  if (event.sequence === undefined && message.id) event.sequence = Number(message.id);
  const known = events.value || [];
  if (known.length && event.sequence <= known[0].sequence) return;
  events.set([event, ...known].slice(0, kEventsKept));
  for (const listener of [...listeners]) listener(event);
}

let wasLost = false;
async function onState(state, detail = {}) {
  const before = connection.value;
  const since = state === before.state ? before.since : Date.now();
  const lostAt = state === 'live' ? null
      : before.lostAt || (before.state === 'live' ? Date.now() : null);
  connection.set({state, since, lostAt, ...detail});
  if (state === 'waiting') wasLost = true;
  if (state === 'live' && wasLost) {
    wasLost = false;
    await afterReturn();
  }
}

// The engine that answers again may be another process, or even another data directory, whose
// numbers begin anew.
async function afterReturn() {
  const started = session.value.engine?.started_at;
  try {
    takeSession(await get('/api/session'));
    if (session.value.engine?.started_at !== started) {
      const newest = await get('/api/events?limit=1');
      if ((newest.items[0]?.sequence || 0) < newestSequence()) {
        await seedEvents();
        stream.start(newestSequence());
      }
    }
    await refreshOverview();
  } catch {
    // It went away again; the stream will say so.
  }
  resync.set(resync.value + 1);
}

function onRefused() {
  logout('This token is not valid any more.');
}

function takeSession(answer) {
  if (toMs(answer.now_ms)) skewMs = toMs(answer.now_ms) - Date.now();
  session.merge({phase: 'ready', error: null, ...answer});
}

function takeOverview(answer) {
  if (toMs(answer.now_ms)) skewMs = toMs(answer.now_ms) - Date.now();
  overviewError.set(null);
  overview.set({...answer, received_at: Date.now()});
}

let askedAt = 0;
function askOverview() {
  askedAt = Date.now();
  return get('/api/overview');
}

// An answer that was overtaken by that to a later question is of no use: after a pause it would show
// the mode of before.
let questions = 0;
let answered = 0;  // the latest question that was answered, or failed
export async function refreshOverview(asked = askOverview()) {
  const question = ++questions;
  const isOvertaken = () => question < answered;
  try {
    const answer = await asked;
    if (isOvertaken()) return;
    answered = question;
    takeOverview(answer);
  } catch (error) {
    if (isOvertaken()) return;
    answered = question;
    if (session.value.phase === 'ready') overviewError.set(error);
  }
}

// The stream brings overviews when something changed; in quiet hours, or from an engine that sends
// none, the page asks for itself.
setInterval(() => {
  const age = Date.now() - Math.max(askedAt, overview.value?.received_at || 0);
  if (session.value.phase === 'ready' && !document.hidden && age > kOverviewMs) refreshOverview();
}, 1000);

async function seedEvents() {
  const newest = (await get('/api/events?limit=100')).items;
  newest.sort((a, b) => b.sequence - a.sequence);
  events.set(newest);
}

const newestSequence = () => events.value?.[0]?.sequence || 0;

async function followEvents() {
  try {
    await seedEvents();
  } catch {
    // The stream then begins with what happens next, and goes on trying.
  }
  if (session.value.phase === 'ready') stream.start(events.value ? newestSequence() : undefined);
}

// Asks who we are; without a right to be here the page asks for a token. Who has one asks for what
// is shown first in the same breath, whatever becomes of it.
export async function start() {
  const ahead = getToken() ? askOverview() : null;
  ahead?.catch(() => {});
  try {
    takeSession(await get('/api/session'));
  } catch (error) {
    if (error.status === 401 || error.status === 403) {
      session.merge({phase: 'login', error: getToken() ? error.message : null});
    } else {
      session.merge({phase: 'unreachable', error});
      setTimeout(() => session.value.phase === 'unreachable' && start(), kAgainMs);
    }
    return;
  }
  await Promise.all([refreshOverview(ahead ?? askOverview()), followEvents()]);
}

export async function login(token) {
  setToken(token);
  session.merge({phase: 'starting', error: null});
  await start();
}

export function logout(reason = null) {
  setToken('');
  stream.stop();
  events.set(null);
  overview.set(null);
  overviewError.set(null);
  session.set({phase: 'login', error: reason});
}

setUnauthorizedHandler(() => {
  if (session.value.phase === 'ready') logout('This token is not valid any more.');
});

export const retryNow = () => stream.retryNow();
addEventListener('online', retryNow);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && connection.value.state === 'waiting') retryNow();
});

export async function setMode(mode, reason) {
  const answer = await post('/api/engine/mode', {mode, reason});
  await refreshOverview();
  return answer;
}

// Why the mode was changed; empty: nobody said. The engine says behind it what else was switched.
export const reasonOfMode = () =>
    (overview.value?.mode?.detail || '').replace(/(^|; )live trading (on|off)$/, '');

export const modeOf = () => (overview.value?.mode?.mode || '').toUpperCase();
