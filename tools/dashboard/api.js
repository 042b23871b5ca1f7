// Requests to the engine. Answers are JSON; what is refused becomes an ApiError that says what to
// do.
import {getToken} from './preferences.js';

const kTimeoutMs = 20000;

export class ApiError extends Error {
  constructor(status, code, message, fix) {
    super(message);
    this.status = status;  // 0: no answer
    this.code = code;
    this.fix = fix;
  }
}

// Called once a request is refused for want of a valid token.
let onUnauthorized = () => {};
export function setUnauthorizedHandler(handler) {
  onUnauthorized = handler;
}

export function authHeaders() {
  const token = getToken();
  return token ? {Authorization: `Bearer ${token}`} : {};
}

// {bot: 'a', empty: ''} -> '?bot=a'
export function query(fields) {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null && value !== '') parts.set(name, value);
  }
  const text = parts.toString();
  return text ? `?${text}` : '';
}

async function errorOf(response) {
  let body = null;
  try {
    body = (await response.json()).error;
  } catch {
    // Not JSON: the status has to do.
  }
  return new ApiError(response.status, body?.code || `HTTP ${response.status}`,
                      body?.message || `The engine answered ${response.status}.`, body?.fix || '');
}

// The answer that early.js asked for before there were modules; each is taken once.
function askedEarly(path) {
  const asked = globalThis.botboxAsked;
  const answer = asked?.get(path);
  asked?.delete(path);
  return answer;
}

const endOf = (signal) => new Promise((resolve, reject) => {
  signal.addEventListener('abort', () => reject(signal.reason));
});

async function send(path, options, signal) {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), kTimeoutMs);
  const stop = () => timer.abort();
  signal?.addEventListener('abort', stop);
  try {
    const early = options.method ? undefined : askedEarly(path);
    const response = await (early ? Promise.race([early, endOf(timer.signal)])
        : fetch(path, {...options, signal: timer.signal, cache: 'no-store', credentials: 'omit',
                       redirect: 'error'}));
    if (!response.ok) throw await errorOf(response);
    return response.status === 204 ? {} : await response.json();
  } catch (error) {
    if (error instanceof ApiError) {
      if (error.status === 401) onUnauthorized(error);
      throw error;
    }
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'NO_ANSWER', 'The engine does not answer.',
                       'Is it running, and reachable from here?');
  } finally {
    clearTimeout(timeout);
    signal?.removeEventListener('abort', stop);
  }
}

export const get = (path, signal) =>
    send(path, {headers: {...authHeaders(), Accept: 'application/json'}}, signal);

export const mutate = (method, path, body = {}) => send(path, {
  method,
  headers: {...authHeaders(), 'Content-Type': 'application/json', Accept: 'application/json',
            'X-Botbox': '1'},
  body: JSON.stringify(body),
});

export const post = (path, body) => mutate('POST', path, body);

export const botPath = (id) => `/api/bots/${encodeURIComponent(id)}`;
