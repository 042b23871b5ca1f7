// What this browser remembers: theme and time zone. The token lives in sessionStorage, for as long
// as the tab does, and is never part of an address.
import {Store} from './store.js';

function read(storage, key) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage, key, value) {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // Storage may be forbidden; the choice then holds until the page is closed.
  }
}

const local = () => localStorage;
const session = () => sessionStorage;

export const theme = new Store(document.documentElement.dataset.theme || 'dark');
export const zone = new Store(read(local, 'botbox.zone') === 'utc' ? 'utc' : 'local');

export function toggleTheme() {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  write(local, 'botbox.theme', next);
  document.documentElement.dataset.theme = next;
  theme.set(next);
}

export function toggleZone() {
  const next = zone.value === 'utc' ? 'local' : 'utc';
  write(local, 'botbox.zone', next);
  zone.set(next);
}

let token = read(session, 'botbox.token') || '';

export const getToken = () => token;
export function setToken(value) {
  token = value;
  write(session, 'botbox.token', value || null);
}
