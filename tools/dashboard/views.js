// The views by the first word of their address. All but the overview come when they are first shown,
// or once the page has something to show, so that no click waits for them.
import {useEffect, useState} from './vendor/preact.js';
import {OverviewView} from './views/overview.js';

const kLoaders = {
  feed: () => import('./views/feed.js').then((all) => all.FeedView),
  bots: () => import('./views/bots.js').then((all) => all.BotsView),
  'bots/': () => import('./views/bot.js').then((all) => all.BotView),
  signals: () => import('./views/signals.js').then((all) => all.SignalsView),
  'signals/': () => import('./views/signal.js').then((all) => all.SignalView),
  trades: () => import('./views/trades.js').then((all) => all.TradesView),
  'trades/': () => import('./views/trade.js').then((all) => all.TradeView),
  intents: () => import('./views/intents.js').then((all) => all.IntentsView),
  fills: () => import('./views/fills.js').then((all) => all.FillsView),
  positions: () => import('./views/positions.js').then((all) => all.PositionsView),
  cycles: () => import('./views/cycles.js').then((all) => all.CyclesView),
  limiter: () => import('./views/limiter.js').then((all) => all.LimiterView),
  alerts: () => import('./views/alerts.js').then((all) => all.AlertsView),
  log: () => import('./views/log.js').then((all) => all.LogView),
  differences: () => import('./views/differences.js').then((all) => all.DifferencesView),
  locks: () => import('./views/locks.js').then((all) => all.LocksView),
  settings: () => import('./views/settings.js').then((all) => all.SettingsView),
  about: () => import('./views/about.js').then((all) => all.AboutView),
  more: () => import('./views/more.js').then((all) => all.MoreView),
  'bot-settings': () => import('./views/bot_settings.js').then((all) => all.BotSettingsView),
};
const loaded = new Map([['', OverviewView]]);

async function load(name) {
  if (!loaded.has(name)) loaded.set(name, await kLoaders[name]());
}

// "bots", or "bots/" of an address with a second word; null: there is no such view.
export function viewNamed(first, second) {
  const name = second === undefined ? first : `${first}/`;
  return loaded.has(name) || Object.hasOwn(kLoaders, name) ? name : null;
}

// One after the other: what the operator looks at meanwhile has the connections for itself.
export async function loadTheRest() {
  try {
    for (const name of Object.keys(kLoaders)) await load(name);
  } catch {
    // The engine went away; a view that is missing is asked for once it is shown.
  }
}

// {Chosen, failed}: nothing yet while it is on its way.
export function useView(name) {
  const [, setCount] = useState(0);
  const [failed, setFailed] = useState(false);
  const Chosen = loaded.get(name);
  useEffect(() => {
    if (name === null || Chosen) return undefined;
    let gone = false;
    load(name).then(() => gone || setCount((n) => n + 1), () => gone || setFailed(true));
    return () => {
      gone = true;
    };
  }, [name]);
  return {Chosen, failed};
}
