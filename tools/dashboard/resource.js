// Hooks that read from the API and stay current.
import {useCallback, useEffect, useRef, useState} from './vendor/preact.js';
import {get, query} from './api.js';
import {onEvent, resync} from './engine.js';
import {useStore} from './store.js';

const kThrottleMs = 700;

// Calls `action` for matching events and after reconnects, at most so often.
function useReload(action, on, every) {
  const latest = useRef(action);
  latest.current = action;
  const generation = useStore(resync);
  useEffect(() => {
    if (generation) latest.current();
  }, [generation]);
  useEffect(() => {
    let timer = null;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = null;
        latest.current();
      }, kThrottleMs);
    };
    const stop = on ? onEvent((event) => on(event) && soon()) : () => {};
    const interval = every ? setInterval(() => document.hidden || latest.current(), every) : null;
    return () => {
      stop();
      clearTimeout(timer);
      clearInterval(interval);
    };
  }, []);
}

// {data, error, loading, reload}; data of the last good answer stays while the engine is away.
export function useResource(path, {on = null, every = 0} = {}) {
  const [state, setState] = useState({path, data: null, error: null, loading: true});
  const abort = useRef(null);
  const load = useCallback(async () => {
    abort.current?.abort();
    if (!path) return;
    const mine = new AbortController();
    abort.current = mine;
    try {
      const data = await get(path, mine.signal);
      if (!mine.signal.aborted) setState({path, data, error: null, loading: false});
    } catch (error) {
      if (mine.signal.aborted) return;
      setState((old) => ({path, data: old.path === path ? old.data : null, error,
                          loading: false}));
    }
  }, [path]);
  useEffect(() => {
    load();
    return () => abort.current?.abort();
  }, [load]);
  useReload(load, on, every);
  const fresh = state.path === path;
  return {data: fresh ? state.data : null, error: fresh ? state.error : null,
          loading: fresh ? state.loading : true, reload: load};
}

const kPageRowsMax = 500;  // that the engine gives in one answer

// What was read anew, from the newest row on, in the place of what was shown as far as it reaches;
// rows behind that stay. What lies before the last row known to both and was not read again has
// left the list: of another state by now, or gone.
export function joined(old, page, wanted, keyOf) {
  const come = {items: page.items, next: page.next ?? null, reach: page.items.length};
  if (!come.next) return come;  // that was all
  // Whoever looks for a first row goes on from where he is, however often something happens.
  if (!page.items.length && !old.items.length && old.next) return {...come, next: old.next};
  const read = new Set(page.items.map(keyOf));
  let last = old.items.findLastIndex((row) => read.has(keyOf(row)));
  if (last < 0) {
    // So much is new that rows may be missing in between; or the engine ended before it found any.
    if (page.items.length >= wanted) return come;
    last = old.reach - 1;
  }
  const older = old.items.slice(last + 1);
  return older.length ? {...come, items: [...page.items, ...older], next: old.next} : come;
}

// A list in pages: {items, counts, error, loading, more, loadMore, reload}. A reload reads again
// what is shown, as far as one answer of the engine goes. `counts`: those of the newest answer, if
// it has any, else null.
export function useListing(path, filters, {on = null, limit = 100, every = 0,
                                              keyOf = (row) => row.id} = {}) {
  const base = path + query({...filters, limit});
  const [state, setState] = useState({base, items: [], next: null, reach: 0, error: null,
                                      loading: true});
  const latest = useRef(state);
  latest.current = state;
  const abort = useRef(null);
  const loadFirst = useCallback(async () => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    const shown = latest.current.base === base ? latest.current.items.length : 0;
    const wanted = Math.min(kPageRowsMax, Math.max(limit, shown));
    try {
      const page = await get(path + query({...filters, limit: wanted}), mine.signal);
      if (mine.signal.aborted) return;
      setState((old) => {
        const known = old.base === base ? old : {items: [], next: null, reach: 0};
        return {base, ...joined(known, page, wanted, keyOf), counts: page.counts ?? null,
                error: null, loading: false};
      });
    } catch (error) {
      if (mine.signal.aborted) return;
      setState((old) => (old.base === base ? {...old, error, loading: false}
                                           : {base, items: [], next: null, reach: 0, error,
                                              loading: false}));
    }
  }, [base]);
  useEffect(() => {
    loadFirst();
    return () => abort.current?.abort();
  }, [loadFirst]);
  useReload(loadFirst, on, every);

  const loadMore = async () => {
    const cursor = state.next;
    if (!cursor) return;
    try {
      const page = await get(path + query({...filters, limit, cursor}));
      setState((old) => {
        if (old.base !== base || old.next !== cursor) return old;  // it begins elsewhere by now
        const known = new Set(old.items.map(keyOf));
        const fresh = page.items.filter((row) => !known.has(keyOf(row)));
        return {...old, items: [...old.items, ...fresh], next: page.next, error: null};
      });
    } catch (error) {
      setState((old) => ({...old, error}));
    }
  };
  const fresh = state.base === base;
  return {items: fresh ? state.items : [], counts: fresh && state.counts || null,
          error: fresh ? state.error : null, loading: fresh ? state.loading : true,
          more: fresh && Boolean(state.next), loadMore, reload: loadFirst};
}

// A page may be empty although older rows fit: the engine looks through so much at a time. Returns
// whether it is still looking for the first row.
export function useFirstRow(listing) {
  const looksOn = !listing.items.length && listing.more && !listing.error;
  const busy = useRef(false);
  useEffect(() => {
    if (!looksOn || busy.current) return;
    busy.current = true;
    listing.loadMore().finally(() => {
      busy.current = false;
    });
  });
  return looksOn;
}
