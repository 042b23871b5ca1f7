import {html, useCallback, useEffect, useRef, useState} from '../vendor/preact.js';
import {get, query} from '../api.js';
import {canOperate, onEvent, overview, resync} from '../engine.js';
import {count, decimal, toMs} from '../format.js';
import {meaningOf} from '../reasons.js';
import {useStore} from '../store.js';
import {BotActions} from '../parts/bot_actions.js';
import {SearchField, Select, useFilters} from '../parts/filters.js';
import {usePhone} from '../parts/record_list.js';
import {VirtualList} from '../parts/virtual_list.js';
import {Absent, Ago, Badge, Direction, Dust, Empty, Failure, PageHead, Profit}
    from '../parts/ui.js';

const kPage = 500;
const kRefreshMs = 5000;

// Pages of bots, in the order of the server; the pages in sight are read again now and then.
function useBotPages(filters) {
  const base = JSON.stringify(filters);
  const [state, setState] = useState({base, pages: [], error: null, loading: true});
  const latest = useRef(state);
  latest.current = state;
  const busy = useRef(false);
  const inSight = useRef([0, 40]);

  const fetchPage = useCallback(async (index, cursor) => {
    const page = await get('/api/bots' + query({...JSON.parse(base), limit: kPage, cursor}));
    setState((old) => {
      if (old.base !== base && index > 0) return old;
      const pages = old.base === base ? [...old.pages] : [];
      pages[index] = {cursor, items: page.items, next: page.next};
      return {base, pages, total: page.total, error: null, loading: false};
    });
  }, [base]);

  const guarded = useCallback(async (work) => {
    if (busy.current) return;
    busy.current = true;
    try {
      await work();
    } catch (error) {
      setState((old) => ({...(old.base === base ? old : {base, pages: []}), error,
                          loading: false}));
    } finally {
      busy.current = false;
    }
  }, [base]);

  const refresh = useCallback(() => guarded(async () => {
    const {pages} = latest.current.base === base ? latest.current : {pages: []};
    if (!pages.length) return fetchPage(0, null);
    const [from, to] = inSight.current.map((row) => Math.floor(row / kPage));
    const last = Math.min(to, pages.length - 1);
    for (let i = from; i <= last; ++i) await fetchPage(i, pages[i].cursor);
  }), [base]);

  const more = useCallback(() => {
    const {pages} = latest.current;
    const next = pages.length ? pages[pages.length - 1].next : null;
    if (next) guarded(() => fetchPage(pages.length, next));
  }, [base]);

  useEffect(() => {
    busy.current = false;
    refresh();
  }, [base]);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || refresh(), kRefreshMs);
    let soon = null;
    const stop = onEvent((event) => {
      if (!/^(bot|position)\./.test(event.kind)) return;
      soon ??= setTimeout(() => {
        soon = null;
        refresh();
      }, 500);
    });
    return () => {
      clearInterval(timer);
      clearTimeout(soon);
      stop();
    };
  }, [base]);
  const generation = useStore(resync);
  useEffect(() => {
    if (generation) refresh();
  }, [generation]);

  const fresh = state.base === base;
  const seen = new Set();
  const rows = [];
  for (const page of fresh ? state.pages : []) {
    for (const row of page.items) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      rows.push(row);
    }
  }
  return {rows, total: fresh ? state.total : undefined, error: fresh ? state.error : null,
          loading: fresh ? state.loading : true, more, reload: refresh,
          setRange: (first, last) => (inSight.current = [first, last])};
}

const kSorts = [['id', 'Name'], ['profit', 'Profit'], ['position', 'Position'],
                ['next_check', 'Next check']];
const kStatuses = [['', 'All states'], ['ACTIVE', 'Active'], ['PAUSED', 'Paused'],
                   ['ERROR', 'Quarantined'], ['ARCHIVED', 'Archived']];

export const nextCheckOf = (bot) => bot.next_check_at ?? bot.snapshot?.next_check_at;
export const realizedOf = (bot) => bot.realized ?? bot.snapshot?.realised_profit;
export const positionOf = (bot) => {
  if (bot.position !== undefined) return bot.position;
  const open = bot.snapshot?.open_positions?.[0];
  return open ? {side: open.side, quantity: open.quantity, average: open.average_entry} : null;
};

// Without the content that the rules had: "my_dip@0123456789ab".
const strategyName = (id) => String(id ?? '').split('@')[0];

function Decision({decision}) {
  if (!decision) return html`<span class="muted">none yet</span>`;
  return html`<span class="decision" title=${`${meaningOf(decision.reason)} ${
      decision.message || ''}`}><code>${decision.reason}</code>
    <span class="muted small"><${Ago} at=${decision.at} /></span></span>`;
}

function Position({position}) {
  if (!position) return html`<span class="muted">flat</span>`;
  const quantity = decimal(position.quantity);
  return html`<span class="position-cell"><span title=${`${position.side} ${quantity}`}>
    <${Direction} value=${position.side} />${' '}<span class="number">${quantity}</span>${
        position.dust ? html` <${Dust} />` : ''}</span>
    ${position.unrealized !== undefined && position.unrealized !== null &&
        html`<span class="small"><${Profit} value=${position.unrealized} /></span>`}</span>`;
}

function BotRow({bot, style, index, reload}) {
  const open = (event) => {
    if (!event.target.closest('a, button')) location.hash = `#/bots/${encodeURIComponent(bot.id)}`;
  };
  const next = nextCheckOf(bot);
  return html`<div class="bot-row" role="row" aria-rowindex=${index + 2} style=${style}
      onClick=${open}>
    <span role="cell" class="bot-name">
      <a href=${`#/bots/${encodeURIComponent(bot.id)}`} title=${bot.id}>${bot.id}</a>
      <span class="muted small">${strategyName(bot.strategy ?? bot.config?.strategy)} ·
        ${' '}${bot.symbol ?? bot.config?.symbol} ${bot.timeframe ?? bot.config?.timeframe}</span>
    </span>
    <span role="cell" class="bot-status"><${Badge} state=${bot.status ?? bot.state} /></span>
    <span role="cell" class="bot-next">${toMs(next) ? html`<${Ago} at=${next} />`
        : html`<span class="muted">–</span>`}</span>
    <span role="cell" class="bot-decision"><${Decision} decision=${bot.last_decision} /></span>
    <span role="cell" class="bot-position"><${Position} position=${positionOf(bot)} /></span>
    <span role="cell" class="bot-profit num"><${Profit} value=${realizedOf(bot)} /></span>
    <span role="cell" class="bot-buttons"><${BotActions} bot=${bot} compact done=${reload} /></span>
  </div>`;
}

function Head({sort, desc, onSort}) {
  const button = (key, label, className = '') => html`
    <span role="columnheader" class=${className}
        aria-sort=${sort === key ? (desc ? 'descending' : 'ascending') : 'none'}>
      <button class="sort" onClick=${() => onSort(key)}>${label}
        <span aria-hidden="true">${sort === key ? (desc ? ' ↓' : ' ↑') : ''}</span></button>
    </span>`;
  const plain = (label, className = '') => html`
    <span role="columnheader" class=${className}>${label}</span>`;
  return html`<div class="bot-row bot-head" role="row" aria-rowindex="1">
    ${button('id', 'Bot')}${plain('Status')}${button('next_check', 'Next check')}
    ${plain('Last decision')}${button('position', 'Position')}${button('profit', 'Realised', 'num')}
    ${plain('Actions', 'num')}</div>`;
}

export function BotsView() {
  const [filters, setFilters] = useFilters();
  const sort = filters.sort || 'id';
  const desc = filters.desc === '1';
  const pages = useBotPages({search: filters.search, status: filters.status, symbol: filters.symbol,
                             sort, desc: desc ? 1 : 0});
  const totals = useStore(overview)?.bots;
  const phone = usePhone();
  const filtered = filters.search || filters.status || filters.symbol;
  const onSort = (key) => setFilters(
      {sort: key, desc: key === sort ? (desc ? '' : '1') : key === 'id' ? '' : '1'});
  return html`<${PageHead} title="Bots" sub=${totals && html`<span>${count(totals.total)} in all:
      ${' '}${count(totals.active)} active, ${count(totals.paused)} paused${totals.quarantined
          ? html`, <span class="loss">${totals.quarantined} quarantined</span>` : ''}</span>`}>
      ${canOperate() && html`<a class="button" href="#/bot-settings">New bot</a>`}<//>
    <div class="toolbar">
      <${SearchField} className="long" label="Search bots"
          placeholder="Search by name, symbol, strategy" value=${filters.search || ''} onChange=${(search) => setFilters({search})} />
      <${Select} label="Status" value=${filters.status || ''} options=${kStatuses}
          onChange=${(status) => setFilters({status})} />
      <${Select} label="Sort by" value=${sort} options=${kSorts}
          onChange=${(value) => setFilters({sort: value, desc: value === 'id' ? '' : '1'})} />
    </div>
    ${pages.error && pages.rows.length > 0 && html`
      <${Failure} error=${pages.error} retry=${pages.reload} />`}
    ${pages.rows.length ? html`<div class="panel flush">
      <${VirtualList} key=${JSON.stringify(filters)} label="Bots" rows=${pages.rows}
          rowHeight=${phone ? 108 : 52} total=${pages.total ?? (filtered ? undefined : totals?.total)}
          onNearEnd=${pages.more} onRange=${pages.setRange}
          head=${html`<${Head} sort=${sort} desc=${desc} onSort=${onSort} />`}
          renderRow=${(bot, index, style) => html`<${BotRow} key=${bot.id} bot=${bot} index=${index}
              style=${style} reload=${pages.reload} />`} /></div>`
    : html`<div class="panel"><${Absent} resource=${pages} empty=${html`
        <${Empty} title=${filtered ? 'No bot fits' : 'There are no bots'} icon="bots">${filtered
          ? 'Other words, or another state, may find it.'
          : 'Bots are made in the configuration file, or by New bot.'}<//>`} /></div>`}`;
}
