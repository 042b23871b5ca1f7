// The frame of the page: navigation, connection, engine mode, and the view that the address names.
import {html, render, useEffect, useRef} from './vendor/preact.js';
import {connection, logout, modeOf, overview, reasonOfMode, retryNow, session, start}
    from './engine.js';
import {clockText, relative, words} from './format.js';
import {now} from './engine.js';
import {theme, toggleTheme, toggleZone, zone} from './preferences.js';
import {DialogHost} from './parts/dialog.js';
import {Icon, kIcon} from './parts/icons.js';
import {PartMissing, lazy} from './parts/lazy.js';
import {PauseButton} from './parts/pause.js';
import {ToastHost} from './parts/toast.js';
import {Loading} from './parts/ui.js';
import {useRoute} from './router.js';
import {useStore} from './store.js';
import {kViews} from './navigation.js';
import {loadTheRest, useView, viewNamed} from './views.js';

function Connection() {
  const {state} = useStore(connection);
  const text = {live: 'Live', connecting: 'Connecting', waiting: 'Offline'}[state];
  return html`<span class="connection ${state}" role="status"><i aria-hidden="true"></i>${text}
    </span>`;
}

function LostBanner() {
  const {state, lostAt, until} = useStore(connection);
  const current = useStore(now);
  if (!lostAt || state === 'live') return null;
  const wait = state === 'waiting' && until > Date.now()
      ? `Trying again ${relative(until, Date.now())}.` : 'Trying again.';
  return html`<div class="banner bad" role="alert" data-now=${current}>
    <${Icon} name="alerts" />
    <p><strong>The engine has not answered since ${clockText(lostAt)}.</strong>
      ${' '}What you see is from then. ${wait}</p>
    <button class="button" onClick=${retryNow}>Try now</button></div>`;
}

function ModeBanner() {
  const {mode} = useStore(overview) || {};
  const name = modeOf();
  if (!mode || name === 'ACTIVE' || !name) return null;
  const by = mode.by ? ` by ${mode.by}` : '';
  return html`<div class="banner warn" role="status"><${Icon} name="pause" />
    <p><strong>${name === 'HALTED' ? 'Halted' : 'Paused'}${by}${
        mode.at ? ` at ${clockText(mode.at)}` : ''}.</strong>
      ${' '}${name === 'HALTED' ? 'Nothing passes; stops at the exchange still stand.'
                                : 'No new entries; closes and cancels still pass.'}
      ${reasonOfMode() ? ` “${reasonOfMode()}”` : ''}</p></div>`;
}

function AlertCount() {
  const standing = useStore(overview)?.alerts?.length;
  return standing ? html`<span class="nav-count">${standing}<span class="hidden"> standing</span>
    </span>` : null;
}

const Nav = ({view}) => html`<nav class="nav" aria-label="Views">
  ${kViews.map(({name, label, icon, group}) => html`
    ${group && html`<p class="nav-group" key=${group}>${group}</p>`}
    <a key=${name} href=${`#/${name}`} aria-current=${view === name ? 'page' : undefined}
       class="nav-link"><${Icon} name=${icon} /><span>${label}</span>
      ${name === 'alerts' && html`<${AlertCount} />`}</a>`)}
  </nav>`;

const kQuietMs = 300;  // between the first overview and the views behind it
const kTabs = ['', 'feed', 'bots', 'positions', 'more'];
const Tabs = ({view}) => html`<nav class="tabs" aria-label="Main views">${kTabs.map((name) => {
  const {label, icon} = kViews.find((one) => one.name === name) || {label: 'More', icon: 'more'};
  const active = view === name || (name === 'more' && !kTabs.includes(view));
  return html`<a key=${name} href=${`#/${name}`} class="tab"
      aria-current=${active ? 'page' : undefined}><${Icon} name=${icon} />
      <span>${label}</span></a>`;
})}</nav>`;

function Clock() {
  const current = useStore(now);
  const where = useStore(zone);
  return html`<button class="clock" onClick=${toggleZone}
      title="Show times in ${where === 'utc' ? 'local time' : 'UTC'}">
    <span class="number">${clockText(current)}</span>
    <span class="zone">${where === 'utc' ? 'UTC' : 'local'}</span></button>`;
}

function TopBar() {
  const {engine, name, anonymous} = useStore(session);
  const look = useStore(theme);
  return html`<header class="top">
    <a class="brand" href="#/"><img src=${kIcon} alt="" width="28" height="28" />
      <span>Botbox</span></a>
    <div class="engine-name"><strong>${engine?.name || ''}</strong>
      <span class="badge ${engine?.is_paper ? 'info' : 'warn'}">${
          engine?.is_paper ? 'Paper' : words(engine?.exchange)}</span></div>
    <${Connection} />
    <div class="top-space"></div>
    <${Clock} />
    <button class="icon-button theme-button" onClick=${toggleTheme}
        aria-label=${`Use the ${look === 'dark' ? 'light' : 'dark'} theme`}>
      <${Icon} name=${look === 'dark' ? 'sun' : 'moon'} /></button>
    ${!anonymous && html`<button class="icon-button leave" onClick=${() => logout()}
        aria-label=${`Sign out ${name || ''}`} title=${`Signed in as ${name || '?'}`}>
      <${Icon} name="logout" /></button>`}
    <${PauseButton} />
  </header>`;
}

function View({parts}) {
  const [first = '', second] = parts;
  const name = viewNamed(first, second);
  const {Chosen, failed} = useView(name);
  const isLate = useRef(!Chosen);
  useEffect(() => {
    // Whoever came here by a link or a key goes on at the heading, which has only now come.
    if (Chosen && isLate.current && document.activeElement !== document.body) {
      document.querySelector('main h1')?.focus({preventScroll: true});
    }
  }, [Chosen]);
  if (name === null) {
    return html`<div class="empty"><p class="empty-title">There is no such page.</p>
      <p><a href="#/">To the overview</a></p></div>`;
  }
  if (failed) return html`<${PartMissing} />`;
  if (!Chosen) return html`<${Loading} rows=${8} />`;
  if (second === undefined) return html`<${Chosen} />`;
  return html`<${Chosen} id=${second} key=${second} />`;
}

function Shell() {
  const {parts} = useRoute();
  const main = useRef(null);
  const first = useRef(true);
  const path = parts.join('/');
  useEffect(() => {
    const title = kViews.find((one) => one.name === (parts[0] || ''))?.label || 'Botbox';
    document.title = `${parts[1] ? `${parts[1]} · ` : ''}${title} · Botbox`;
    if (!first.current) {
      scrollTo(0, 0);
      main.current.querySelector('h1')?.focus({preventScroll: true});
    }
    first.current = false;
  }, [path]);
  return html`
    <a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      main.current.focus();
    }}>Skip to the content</a>
    <${TopBar} />
    <div class="frame">
      <${Nav} view=${parts[0] || ''} />
      <main id="main" tabindex="-1" ref=${main}>
        <${LostBanner} /><${ModeBanner} />
        <${View} parts=${parts} key=${path} />
        <footer class="foot">Charts: <a href="https://www.tradingview.com/" rel="noreferrer"
          target="_blank">TradingView Lightweight Charts™</a> and uPlot ·
          ${' '}<a href="#/about">About and licences</a></footer>
      </main>
    </div>
    <${Tabs} view=${parts[0] || ''} />`;
}

const kConnecting = html`<p class="boot" role="status">Connecting…</p>`;
const Login = lazy(() => import('./views/login.js').then((all) => all.LoginView), kConnecting);

// Before anything could be shown. Without a status there was no answer at all.
const Unreachable = ({error}) => html`<main class="boot" role="alert">
  <${Icon} name="alerts" size=${36} />
  <h1>${error.status ? 'The engine is not ready' : 'The engine does not answer'}</h1>
  <p>${error.message} ${error.fix || ''}</p>
  <p class="muted small">${error.code ? html`<code>${error.code}</code> · ` : ''}This page tries
    again every few seconds.</p>
  <button class="button primary" onClick=${start}>Try now</button></main>`;

function App() {
  const {phase, error} = useStore(session);
  if (phase === 'login') return html`<${Login} error=${error} /><${ToastHost} />`;
  if (phase === 'starting') return kConnecting;
  if (phase === 'unreachable') return html`<${Unreachable} error=${error} />`;
  return html`<${Shell} /><${DialogHost} /><${ToastHost} />`;
}

document.getElementById('app').textContent = '';
render(html`<${App} />`, document.getElementById('app'));
start();
const stopWaiting = overview.follow((data) => {
  if (!data) return;
  stopWaiting();
  // Behind what this paints, and what that then asks for.
  requestAnimationFrame(() => setTimeout(loadTheRest, kQuietMs));
});
