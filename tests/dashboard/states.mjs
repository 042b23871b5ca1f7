// What the page shows when the engine errs, is away, or has nothing to show; and that the watches
// of these tests see what they are there for.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {api, isMock, kOutage, kSignalMs, mockServer, open, post, token, url} from './harness.mjs';
import {kViews} from './pages.mjs';
import {Way} from './server.mjs';

const kFix = 'Wait until its records are read';
const unready = {
  status: 503, contentType: 'application/json',
  body: JSON.stringify({error: {code: 'NOT_READY', message: 'The fleet is not ready', fix: kFix}})};

// Answers `paths` with `answer` while `state.refuses`.
const refusing = (state, paths, answer = unready) => async (page) => {
  for (const path of paths) {
    await page.route(path, (route) => state.refuses ? route.fulfill(answer) : route.continue());
  }
};

test('an overview that does not come is told with what to do, and asked for again', async () => {
  const state = {refuses: true};
  const fresh = await open({prepare: refusing(state, ['**/api/overview', '**/api/stream*'])});
  const {page} = fresh;
  const failure = page.getByRole('alert').filter({hasText: 'The fleet is not ready'});
  await failure.filter({hasText: kFix}).waitFor();
  assert.equal(await page.locator('.card').count(), 0);
  assert.ok(await page.getByRole('button', {name: 'Pause all'}).isEnabled());
  const asked = await page.evaluate(() => {
    const {fetch} = window;
    const paths = [];
    window.fetch = (path, ...rest) => {
      paths.push(path);
      return fetch(path, ...rest);
    };
    document.querySelector('.failure button').click();
    window.fetch = fetch;
    return paths;
  });
  assert.deepEqual(asked, ['/api/overview']);
  state.refuses = false;
  await page.locator('.card-value').first().waitFor();
  await failure.waitFor({state: 'detached'});
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('numbers that get old are kept, and say from when they are', async () => {
  const overview = {refuses: false};
  const fresh = await open({prepare: async (page) => {
    await refusing({refuses: true}, ['**/api/stream*'])(page);
    await refusing(overview, ['**/api/overview'])(page);
  }});
  const {page} = fresh;
  await page.locator('.card-value').first().waitFor();
  overview.refuses = true;
  const banner = page.locator('.banner.warn', {hasText: 'These numbers are from'});
  await banner.filter({hasText: kFix}).waitFor();
  assert.equal(await page.locator('.card-value').count(), 4);
  overview.refuses = false;
  await banner.waitFor({state: 'detached'});
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('an overview overtaken by a later one does not bring the mode of before back', async () => {
  const fresh = await open({});
  await fresh.live();
  const shown = await fresh.page.evaluate(async () => {
    const entry = document.querySelector('script[type="module"]').src;
    const {overview, refreshOverview} = await import(new URL('engine.js', entry).href);
    let answer;
    const slow = refreshOverview(new Promise((resolve) => {
      answer = resolve;
    }));
    await refreshOverview(Promise.resolve({...overview.value, mode: {mode: 'REDUCING'}}));
    answer({...overview.value, mode: {mode: 'ACTIVE'}});
    await slow;
    return overview.value.mode.mode;
  });
  assert.equal(shown, 'REDUCING');
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('a queue of more than 50 is told, one of 50 is not, and the share of signals is', async () => {
  let depth = 51;
  const fresh = await open({prepare: async (page) => {
    await refusing({refuses: true}, ['**/api/stream*'])(page);
    await page.route('**/api/overview', async (route) => {
      const response = await route.fetch();
      const json = await response.json();
      json.queue = {...json.queue, warn_over: 50};
      Object.assign(json.cards, {queueDepth: depth, signalsGenerated: 8, signalsAccepted: 2});
      await route.fulfill({response, json});
    });
  }});
  const {page} = fresh;
  const warned = page.locator('.card.bad', {hasText: 'Queue depth'});
  await warned.filter({hasText: 'over 50: orders wait too long'}).waitFor();
  await page.locator('.card', {hasText: 'Signals (last'}).getByText('25.0% accepted').waitFor();
  depth = 50;
  await warned.waitFor({state: 'detached'});
  await page.locator('.card', {hasText: 'Queue depth'}).getByText('warning over 50').waitFor();
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('a pause quotes the reason that was given, and nothing where none was', async () => {
  let detail = 'live trading on';
  const fresh = await open({prepare: async (page) => {
    await refusing({refuses: true}, ['**/api/stream*'])(page);
    await page.route('**/api/overview', async (route) => {
      const response = await route.fetch();
      const json = await response.json();
      json.mode = {...json.mode, mode: 'REDUCING', by: 'alice', at: Date.now(), detail};
      await route.fulfill({response, json});
    });
  }});
  const banner = fresh.page.locator('.banner.warn', {hasText: 'Paused by alice'});
  await banner.waitFor();
  assert.doesNotMatch(await banner.textContent(), /“|live trading/);
  detail = 'flash crash; live trading on';
  await banner.filter({hasText: '“flash crash”'}).waitFor();
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('what lets orders pass is called after where they go', async () => {
  for (const [isPaper, name] of [[true, 'Paper trading'], [false, 'Live trading']]) {
    const fresh = await open({prepare: (page) => page.route('**/api/session', async (route) => {
      const response = await route.fetch();
      const json = await response.json();
      await route.fulfill({response, json: {...json,
                                            engine: {...json.engine, is_paper: isPaper}}});
    })});
    const {page} = fresh;
    for (const view of ['settings', '']) {
      await fresh.go(view);
      const press = page.getByRole('button', {name: /^Switch (on|off) (paper|live) trading$/});
      await press.waitFor();
      await page.locator('dt', {hasText: new RegExp(`^${name}$`)}).waitFor();
      assert.equal((await press.getAttribute('aria-label')).replace(/^Switch (on|off) /, ''),
                   name.toLowerCase());
    }
    assert.deepEqual(fresh.takeProblems(), []);
    await fresh.close();
  }
});

test('a list that is refused says why, and is there once it is asked for again', async () => {
  const state = {refuses: true};
  const fresh = await open({prepare: refusing(state, ['**/api/signals?*'])});
  const {page} = fresh;
  await fresh.go('signals');
  const failure = page.locator('.failure', {hasText: kFix});
  await failure.waitFor();
  state.refuses = false;
  await failure.getByRole('button', {name: 'Try again'}).click();
  await failure.waitFor({state: 'detached'});
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('a token that is not valid any more leads to the sign-in, and is forgotten', async () => {
  const state = {refuses: true};
  const answer = {...unready, status: 401};
  const fresh = await open({prepare: refusing(state, ['**/api/alerts*'], answer)});
  const {page} = fresh;
  await fresh.live();
  await page.evaluate(() => {
    location.hash = '#/alerts';
  });
  await page.locator('.form-error', {hasText: 'not valid any more'}).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem('botbox.token')), null);
  state.refuses = false;
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', {name: 'Sign in'}).click();
  await page.getByRole('heading', {name: 'Alerts'}).waitFor();
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('an engine that is not ready, or does not answer, is told apart and waited for', async () => {
  const fresh = await open({prepare: refusing({refuses: true}, ['**/api/**'])});
  const {page} = fresh;
  await page.getByRole('heading', {name: 'The engine is not ready'}).waitFor();
  await page.getByText('The fleet is not ready').waitFor();
  let isAway = true;
  await page.route('**/api/**',
                   (route) => isAway ? route.abort('connectionrefused') : route.continue());
  await page.getByRole('heading', {name: 'The engine does not answer'}).waitFor();
  isAway = false;
  await page.getByRole('heading', {name: 'Overview'}).waitFor();
  await fresh.live();
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('no event is lost while the connection is away, and what was read stays', async () => {
  const way = new Way(url);
  await way.open();
  const fresh = await open({url: way.url});
  const {page} = fresh;
  await fresh.live();
  await page.locator('.event').first().waitFor();
  way.cut();
  const banner = page.locator('.banner.bad', {hasText: 'has not answered since'});
  await banner.waitFor();
  await page.locator('.connection.waiting, .connection.connecting').waitFor();
  assert.equal(await page.locator('.card-value').count(), 4);
  const [bot] = (await api('/api/bots?status=ACTIVE&limit=1')).items;
  await post(`/api/bots/${bot.id}/pause`, {reason: 'nobody looks'});
  await post(`/api/bots/${bot.id}/resume`, {reason: ''});
  way.mend();
  await fresh.live();
  await banner.waitFor({state: 'detached'});
  // Newest first: what was asked for, and what came of it.
  await fresh.heard(bot.id, 'operator.resume');
  const kinds = (await fresh.keptEvents()).filter((event) => event.bot === bot.id)
      .map((event) => event.kind);
  for (const kind of ['operator.pause', 'operator.resume', 'bot.status']) {
    assert.ok(kinds.includes(kind), `no ${kind} among ${kinds}`);
  }
  const sequences = (await fresh.keptEvents()).map((event) => event.sequence);
  for (let i = 1; i < sequences.length; ++i) assert.equal(sequences[i - 1], sequences[i] + 1);
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
  way.close();
});

// Of these views an engine without bots has nothing to show.
const kBare = ['', 'feed', 'bots', 'positions', 'signals', 'intents', 'trades', 'fills', 'alerts',
               'differences', 'locks', 'log'];

test('an engine without bots shows what will stand where', {skip: !isMock}, async () => {
  const bare = mockServer('--bots', '0');
  await bare.start();
  try {
    const fresh = await open({url: bare.url});
    await fresh.live();
    await fresh.page.locator('.overview-grid .gauge').waitFor();
    const first = fresh.page.getByRole('link', {name: 'Make the first one'});
    assert.equal(await first.getAttribute('href'), '#/bot-settings');
    for (const view of kViews) {
      await fresh.go(view);
      assert.equal(await fresh.page.locator('.failure').count(), 0, `'${view}' failed`);
      if (kBare.includes(view)) {
        assert.ok(await fresh.page.locator('.empty').count() > 0, `'${view}' says nothing`);
      }
    }
    assert.deepEqual(fresh.takeProblems(), []);
    await fresh.close();
  } finally {
    await bare.stop();
  }
});

test('latencies of evaluation, order and commit are told, and drawn over time', async () => {
  const fresh = await open();
  const {page} = fresh;
  await fresh.go('cycles');
  const rows = page.locator('.latency .table tbody tr');
  await rows.first().waitFor();
  assert.deepEqual(await rows.locator('strong').allTextContents(),
                   ['Evaluation', 'Signal to order', 'Commit']);
  for (const cell of ['Newest median', 'Newest 99 %', 'Worst 99 %']) {
    assert.match(await rows.first().locator(`td[data-label="${cell}"]`).textContent(), /\d m?s$/);
  }
  await page.locator('.latency .chart canvas').waitFor({timeout: kSignalMs});
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

const kOldestCycleAt = Date.UTC(2026, 0, 2, 3, 4, 5);
const spread = (name, count, p50 = null, p99 = null) =>
    ({[`${name}s`]: count, [`${name}_p50_ms`]: p50, [`${name}_p99_ms`]: p99});
const latencyOf = (cycle, ...spreads) =>
    Object.assign({cycle, at: kOldestCycleAt + (cycle - 1) * 1000, duration_ms: 5}, ...spreads);
// Newest first; in the oldest cycle nothing was checked, in the newest no order left.
const kLatencies = [
  latencyOf(3, spread('check', 4, 2.5, 9), spread('order', 0), spread('commit', 1, 0.5, 0.7)),
  latencyOf(2, spread('check', 2, 3, 40), spread('order', 1, 12, 12), spread('commit', 0)),
  latencyOf(1, spread('check', 0), spread('order', 0), spread('commit', 2, 1, 2)),
];

test('latencies are those of the cycles that the engine kept, before the page was there too',
     async () => {
  const state = {refuses: true, items: kLatencies};
  const fresh = await open({prepare: (page) => page.route('**/api/latency?*', (route) =>
    route.fulfill(state.refuses ? unready : {json: {items: state.items, next: null}}))});
  const {page} = fresh;
  const panel = page.locator('.latency');
  const rows = panel.locator('.table tbody tr');
  await fresh.go('cycles');
  await panel.locator('.failure', {hasText: kFix}).waitFor();
  assert.equal(await rows.count(), 0);
  state.refuses = false;
  await panel.getByRole('button', {name: 'Try again'}).click();
  await panel.locator('.chart canvas').waitFor();
  assert.deepEqual(await Promise.all([0, 1, 2].map((i) => rows.nth(i).locator('td.num')
                       .allTextContents())),
                   [['2.5 ms', '9 ms', '40 ms', '6'], ['12 ms', '12 ms', '12 ms', '1'],
                    ['0.5 ms', '0.7 ms', '2 ms', '3']]);
  assert.equal(await panel.locator('.panel-aside time').getAttribute('datetime'),
               new Date(kOldestCycleAt).toISOString());
  state.refuses = true;  // what was read stays
  await panel.locator('.failure').waitFor();
  assert.equal(await rows.count(), 3);
  Object.assign(state, {refuses: false, items: kLatencies.slice(2)});
  await panel.getByText('Too little for a curve yet').waitFor();
  assert.equal(await panel.locator('.chart').count(), 0);
  assert.deepEqual(await rows.first().locator('td.num').allTextContents(), ['–', '–', '–', '0']);
  state.items = [];
  await panel.getByText('No cycle yet').waitFor();
  assert.equal(await rows.count(), 0);
  assert.deepEqual(fresh.takeProblems(kOutage), []);
  await fresh.close();
});

test('a bot says for how many candles no alert came, if it is told by alerts', async () => {
  const [bot] = (await api('/api/bots?limit=1')).items;
  const state = {alerts: {last_at: Date.UTC(2026, 0, 2), candles: 12,
                          text: 'no alert for 12 candles'}};
  const fresh = await open({prepare: (page) => page.route(`**/api/bots/${bot.id}`,
                                                          async (route) => {
    const response = await route.fetch();
    await route.fulfill({response, json: {...await response.json(), alerts: state.alerts}});
  })});
  const told = fresh.page.locator('.fields div').filter({
    has: fresh.page.getByText('Alerts', {exact: true})});
  await fresh.go(`bots/${bot.id}`);
  await told.filter({hasText: /no alert for 12 candles\s*the last one .* ago/}).waitFor();
  state.alerts = {last_at: null, candles: null, text: 'no alert yet'};
  await told.filter({hasText: 'no alert yet'}).waitFor();
  assert.equal(await told.locator('dd').textContent(), 'no alert yet');
  state.alerts = null;  // of a bot that decides by itself
  await told.waitFor({state: 'detached'});
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('times are local or UTC, as chosen, and the choice is kept', async () => {
  const fresh = await open();
  const {page} = fresh;
  const shown = async () => {
    const text = await page.locator('.last-updated').textContent();
    const [, h, m, s] = /(\d\d):(\d\d):(\d\d)/.exec(text).map(Number);
    return h * 3600 + m * 60 + s;
  };
  const local = await shown();
  await page.locator('.clock').click();
  await page.locator('.clock .zone', {hasText: 'UTC'}).waitFor();
  const ahead = (local - await shown() + 86400) % 86400;
  // Berlin is one or two hours ahead; what is shown may have changed meanwhile.
  assert.ok([3600, 7200].some((hours) => ahead <= hours && ahead > hours - 600), `${ahead} s`);
  assert.match(await page.locator('.event time').first().getAttribute('title'), /UTC\n.*local$/);
  await page.reload();
  await page.locator('.clock .zone', {hasText: 'UTC'}).waitFor();
  await fresh.close();
});

test('the theme is changed by a button, and the choice is kept', async () => {
  const fresh = await open({theme: 'dark'});
  const {page} = fresh;
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole('button', {name: 'Use the light theme'}).click();
  const light = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  await page.getByRole('button', {name: 'Use the dark theme'}).waitFor();
  assert.equal(await ground(), light);
  await fresh.close();
});

test('a bot is found and checked by keyboard alone', async () => {
  const fresh = await open();
  const {page} = fresh;
  await fresh.live();
  assert.ok(await fresh.tabTo('.nav-link[href="#/bots"]'));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: 'Bots'}).waitFor();
  await page.waitForFunction(() => document.activeElement.matches('h1'));
  await page.locator('.virtual-body .bot-row').first().waitFor();
  assert.ok(await fresh.tabTo('.virtual-body .bot-row:has(.badge.good) .bot-name a'));
  const id = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', {name: id}).waitFor();
  await page.getByRole('button', {name: `Check now: ${id}`}).waitFor();
  assert.ok(await fresh.tabTo('main .actions button'));
  await page.keyboard.press('Enter');
  await fresh.toast(`${id}:`);
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('no list is cut off on a screen of 1280 pixels', {skip: !isMock}, async () => {
  const fresh = await open({width: 1280});
  for (const view of kViews) {
    await fresh.go(view);
    const cut = await fresh.page.evaluate(() =>
      [...document.querySelectorAll('.table-frame, .virtual')]
          .filter((frame) => frame.scrollWidth > frame.clientWidth + 1)
          .map((frame) => frame.getAttribute('aria-label')));
    assert.deepEqual(cut, [], `in '${view}'`);
  }
  await fresh.close();
});

test('errors, breaches of the policy, accessibility faults and too wide views are seen', async () => {
  const fresh = await open({width: 390, height: 844});
  const {page} = fresh;
  await fresh.go('about');
  assert.deepEqual(fresh.takeProblems(), []);
  const told = page.waitForEvent('console', {
    predicate: (message) => message.text().startsWith('CSP:')});
  const ran = await page.evaluate(() => {
    console.error('provoked');
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.head.append(script);
    return Boolean(window.ran);
  });
  await told;
  assert.equal(ran, false);
  const problems = fresh.takeProblems();
  assert.ok(problems.includes('provoked'));
  assert.ok(problems.some((text) => text.startsWith('CSP: script-src')));
  assert.deepEqual(await fresh.seriousFaults(), []);
  assert.ok(await fresh.widthBeyond(390) <= 0);
  await page.evaluate(() => {
    const wide = document.createElement('div');
    wide.innerHTML = '<button></button>';
    wide.style.width = '600px';
    document.querySelector('main').append(wide);
  });
  assert.ok((await fresh.seriousFaults()).some((fault) => fault.startsWith('button-name')));
  assert.ok(await fresh.widthBeyond(390) > 0);
  await fresh.close();
});
