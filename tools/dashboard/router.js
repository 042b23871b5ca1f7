// Addresses of the page: #/path/of/view?filter=value
import {Store, useStore} from './store.js';

// An address that somebody mistyped leads nowhere, and does no harm.
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parse() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return {parts: path.split('/').filter(Boolean).map(decoded),
          params: Object.fromEntries(new URLSearchParams(search))};
}

const route = new Store(parse());
addEventListener('hashchange', () => route.set(parse()));

export const useRoute = () => useStore(route);

// Changes the filters of this view without a step in the browser's history.
export function replaceParams(params) {
  const kept = Object.entries(params).filter(([, value]) => value !== '' && value !== undefined);
  const search = new URLSearchParams(kept).toString();
  const path = location.hash.split('?')[0] || '#/';
  history.replaceState(null, '', search ? `${path}?${search}` : path);
  route.set(parse());
}
