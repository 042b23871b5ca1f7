// Drives the dashboard in a browser, by default against the mock server, with --start or --url
// against an engine.
//   node dashboard_test.mjs --assets DIR
//   node dashboard_test.mjs --url http://127.0.0.1:8085 --token-file FILE [--start "botbox run"]
// Without --start the test of a restart is left out, and says so.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {api, browser, dashboard, isMock, kOutage, kSignalMs, mockServer, open, server, token, url}
    from './harness.mjs';
import {kViews} from './pages.mjs';
import './charts.mjs';
import './feed.mjs';
import './numbers.mjs';
import './states.mjs';

test('a wrong token is refused with a reason, a right one opens the overview', async () => {
  const fresh = await open({token: ''});
  const {page} = fresh;
  await page.getByLabel('Access token').fill('wrong');
  await page.getByRole('button', {name: 'Sign in'}).click();
  await page.locator('.form-error').waitFor();
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', {name: 'Sign in'}).click();
  await page.getByRole('heading', {name: 'Overview'}).waitFor();
  await fresh.live();
  assert.deepEqual(fresh.addresses.filter((address) => address.includes(token)), []);
  assert.deepEqual(fresh.takeProblems(/401/), []);
  await fresh.close();
});

test('the overview shows the four cards, the breakdown and the last update', async () => {
  const {page} = dashboard;
  await dashboard.go('');
  for (const title of ['Active bots', 'Signals (last hour)', 'Trades executed', 'Queue depth']) {
    await page.locator('.card', {hasText: title}).waitFor();
  }
  await page.locator('.last-updated').waitFor();
  await page.locator('.gauge').waitFor();
  await page.getByText('Signal breakdown (last hour)').waitFor();
  const shown = await page.locator('.card', {hasText: 'Active bots'}).locator('.card-value')
      .textContent();
  const {bots} = await api('/api/overview');
  assert.equal(shown.replace(/,/g, ''), String(bots.active));
  assert.equal(await page.getByText('There are no bots yet').count(), 0);
});

test('a signal appears in the live feed by itself', async () => {
  const {page} = dashboard;
  await dashboard.go('feed');
  const first = page.locator('.feed-link').first();
  const before = await first.count() ? await first.getAttribute('href') : null;
  await page.evaluate(() => {
    window.notReloaded = true;
  });
  await page.waitForFunction((old) => {
    const link = document.querySelector('.feed-link');
    return link && link.getAttribute('href') !== old;
  }, before, {timeout: kSignalMs});
  assert.equal(await page.evaluate(() => window.notReloaded), true);
});

test('a bot is checked now and its result is told', async () => {
  const {page} = dashboard;
  const [bot] = (await api('/api/bots?status=ACTIVE&limit=1')).items;
  await dashboard.go('bots');
  await page.getByLabel('Search bots').fill(bot.id);
  await page.getByRole('button', {name: `Check now: ${bot.id}`}).click();
  await dashboard.toast(`${bot.id}:`);
});

test('a bot is paused and resumed', async () => {
  const {page} = dashboard;
  const [bot] = (await api('/api/bots?status=ACTIVE&limit=1')).items;
  await dashboard.go(`bots/${bot.id}`);
  await page.getByRole('button', {name: `Pause ${bot.id}`}).click();
  await page.getByLabel('Reason, for the log').fill('a test');
  await page.getByRole('dialog').getByRole('button', {name: 'Pause'}).click();
  await page.getByRole('button', {name: `Resume ${bot.id}`}).click();
  await page.getByRole('button', {name: `Pause ${bot.id}`}).waitFor();
  assert.equal((await api(`/api/bots/${bot.id}`)).status, 'ACTIVE');
});

test('a bot is made, changed and archived by hand', {skip: isMock}, async () => {
  const {page} = dashboard;
  const id = `hand-${Date.now() % 1000000}`;
  const text = page.locator('.editor');
  await dashboard.go('bots');
  await page.getByRole('link', {name: 'New bot'}).click();
  // Its RSI is never so low: it holds nothing when it is archived, which would be refused.
  const written = (await text.inputValue()).replace('my-bot', id).replace('1000', '"much"');
  await text.fill(`${written}parameters = { rsi_period = 200, oversold = 1 }\n`);
  await page.getByRole('button', {name: 'Start'}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Start'}).click();
  await page.locator('.failure', {hasText: 'allocation'}).waitFor();
  await text.fill((await text.inputValue()).replace('"much"', '1000'));
  await page.getByRole('button', {name: 'Start'}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Start'}).click();
  await page.getByRole('link', {name: id}).click();
  await page.getByRole('link', {name: 'Its settings, to change them'}).click();
  await page.waitForFunction((name) => document.querySelector('.editor')?.value.includes(name), id);
  await text.fill((await text.inputValue()).replace(/allocation = "?1000"?/, 'allocation = 1500'));
  await page.getByRole('button', {name: 'Change'}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Change'}).click();
  await page.locator('.panel', {hasText: 'Done'}).getByText(id).waitFor();
  assert.match((await api(`/api/bots/${id}`)).config.allocation, /^1500/);
  assert.deepEqual(dashboard.takeProblems(/400/), []);
  await dashboard.go(`bots/${id}`);
  await page.getByRole('button', {name: `Pause ${id}`}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Pause'}).click();
  await page.getByRole('button', {name: `Archive ${id}`}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Archive'}).click();
  await dashboard.toast(`${id} is archived`);
});

test('the pause asks once, holds the engine, and is resumed', async () => {
  const {page} = dashboard;
  await dashboard.go('');
  await page.getByRole('button', {name: 'Pause all'}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Pause now'}).click();
  await page.locator('.banner.warn', {hasText: 'No new entries'}).waitFor();
  assert.equal((await api('/api/overview')).mode.mode, 'REDUCING');
  await page.getByRole('button', {name: 'Resume all'}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Resume'}).click();
  await page.getByRole('button', {name: 'Pause all'}).waitFor();
  assert.equal((await api('/api/overview')).mode.mode, 'ACTIVE');
});

test('the caps of the rollout are asked for once, and taken back', async () => {
  const {page} = dashboard;
  const before = (await api('/api/overview')).rollout;
  await dashboard.go('settings');
  await page.getByRole('button', {name: 'Change the caps of the rollout'}).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Bots with positions').fill('77');
  await dialog.getByLabel('Reason, for the log').fill('a test');
  await dialog.getByRole('button', {name: 'Change'}).click();
  await dashboard.toast('The caps have changed');
  const capped = (await api('/api/overview')).rollout;
  assert.equal(String(capped.live_bots_max), '77');
  assert.equal(capped.order_max, before.order_max);
  assert.equal(capped.by, 'operator');
  await page.getByRole('button', {name: 'Take the caps of the configuration'}).click();
  await dialog.getByRole('button', {name: 'Take them'}).click();
  await dashboard.toast('The caps of the configuration hold');
  assert.equal((await api('/api/overview')).rollout.by, 'configuration');
});

test('a bot that holds a position is not archived, and the button says why', {skip: !isMock},
     async () => {
  const {page} = dashboard;
  const {items} = await api('/api/positions?status=OPEN&limit=100');
  const active = new Set((await api('/api/bots?status=ACTIVE&limit=500')).items.map(({id}) => id));
  const position = items.find(({bot}) => active.has(bot));
  await dashboard.go(`bots/${position.bot}`);
  await page.getByRole('button', {name: `Pause ${position.bot}`}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Pause'}).click();
  const archive = page.getByRole('button', {name: `Archive ${position.bot}`});
  await archive.waitFor();
  assert.equal(await archive.getAttribute('aria-disabled'), 'true');
  assert.match(await archive.getAttribute('title'), /open position/);
  await archive.focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await page.getByRole('button', {name: `Resume ${position.bot}`}).click();
  await dashboard.toast(`${position.bot} is active`);
});

// What is missing in the list costs a round trip before anything is shown.
test('the page asks at once for every file of its first view, and for no other', async () => {
  const text = async (path) => (await fetch(url + path)).text();
  const index = await text('/');
  const listed = [...index.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, path]) => path);
  const [, entry] = /type="module" src="([^"]+)"/.exec(index);
  const needed = new Set([entry]);
  for (const path of needed) {
    const source = await text(path);
    if (path.includes('/vendor/')) continue;
    for (const [, from] of source.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'/gm)) {
      needed.add(new URL(from, `http://page${path}`).pathname);
    }
  }
  needed.delete(entry);
  assert.deepEqual([...listed].sort(), [...needed].sort());
});

test('the cards wait for two answers, asked for before there are modules, and for no chart',
     async () => {
  const fresh = await open();
  await fresh.live();
  const cards = await fresh.cardsMs();
  const {asked, parsed} = await fresh.page.evaluate(() => ({
    asked: performance.getEntriesByType('resource').map(({name, startTime}) =>
      [name.replace(location.origin, ''), startTime]),
    parsed: performance.getEntriesByType('navigation')[0].domInteractive}));
  // Modules run once the document is parsed.
  const early = asked.filter(([name, at]) => name.startsWith('/api/') && at <= parsed);
  assert.deepEqual(early.map(([name]) => name).sort(), ['/api/overview', '/api/session']);
  const heavy = asked.filter(([name, at]) =>
    at < cards && /charts\.js|uplot|^\/api\/(bots|equity|positions)/.test(name));
  assert.deepEqual(heavy, []);
  assert.equal(asked.filter(([name]) => name === '/api/session').length, 1);
  await fresh.page.locator('.chart canvas').waitFor();  // it comes behind them
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('a page whose files do not come says so', async () => {
  const fresh = await browser.newPage();
  await fresh.route('**/engine.js', (route) => route.abort());
  await fresh.goto(url);
  await fresh.getByRole('alert').filter({hasText: 'engine.js did not come'}).waitFor();
  await fresh.close();
});

test('what an operator did stands in the log with a name', async () => {
  const {page} = dashboard;
  await dashboard.go('log');
  const row = page.locator('.table tbody tr', {hasText: 'mode: reducing'}).first();
  await row.waitFor();
  assert.equal((await row.locator('.who').textContent()).trim(),
               (await api('/api/session')).name);
  // Asked for by kind: among all events of a large fleet it would soon be out of reach.
  assert.ok(dashboard.addresses.some((address) => /\/api\/events\?.*kind=operator\./.test(address)));
  for (const event of (await api('/api/events?kind=operator.&limit=50')).items) {
    assert.match(event.kind, /^operator\./);
  }
});

test('a trace is followed from the list of signals to the order', async () => {
  const {page} = dashboard;
  await dashboard.go('signals?status=EXECUTED');
  await page.locator('.table tbody tr a', {hasText: 'Follow'}).first().click(
      {timeout: kSignalMs});
  await dashboard.settled();
  const stages = await page.locator('.timeline strong').allTextContents();
  assert.ok(stages.includes('Signal sent'), `no signal in ${stages}`);
  assert.ok(stages.includes('Order placed'), `no order in ${stages}`);
  assert.ok(await page.locator('.gates li').count() > 5);
  const told = await page.locator('.payload dt').allTextContents();
  for (const name of ['Order type', 'Quantity', 'Allocation', 'Leverage']) {
    assert.ok(told.includes(name), `${name} is missing in ${told}`);
  }
});

test('an intent leads to the trace of its signal', async () => {
  const {page} = dashboard;
  await dashboard.go('intents?status=ORDER_PLACED');
  const row = page.locator('.virtual-body .record-row').first();
  await row.waitFor({timeout: kSignalMs});
  for (const state of await page.locator('.virtual-body .badge').allTextContents()) {
    assert.equal(state, 'Order placed');
  }
  await row.locator('a', {hasText: 'Follow'}).click();
  await dashboard.settled();
  const stages = await page.locator('.timeline strong').allTextContents();
  assert.ok(stages.includes('Order placed'), `no order in ${stages}`);
});

test('fills are filtered by bot, and lead to their trade', async () => {
  const {page} = dashboard;
  const {items: [fill]} = await api('/api/fills?limit=1');
  await dashboard.go('fills');
  await page.getByLabel('Bot').fill(fill.bot);
  await page.waitForFunction((bot) => location.hash.includes(`bot=${bot}`), fill.bot);
  await dashboard.settled();
  const row = page.locator('.virtual-body .record-row').first();
  await row.waitFor();
  for (const bot of await page.locator('.virtual-body .bot-link').allTextContents()) {
    assert.equal(bot, fill.bot);
  }
  await row.locator('a', {hasText: 'Open'}).click();
  await dashboard.settled();
  await page.locator('.panel', {hasText: 'Fills'}).locator('.table tbody tr').first().waitFor();
});

test('a candle says why the bot did or did not trade on it', async () => {
  const {page} = dashboard;
  const {items: [signal]} = await api('/api/signals?limit=1');
  await dashboard.go(`bots/${signal.bot}`);
  const chart = page.locator('.candles canvas').first();
  await chart.waitFor();
  await page.locator('.decision-row').first().click();
  await page.locator('.why').waitFor();
  const shown = await page.locator('.why-panel time').first().textContent();
  await page.getByRole('button', {name: 'Older candle'}).click();
  await page.waitForFunction((old) => {
    const time = document.querySelector('.why-panel time');
    return time && time.textContent !== old;
  }, shown);
  const stepped = await page.locator('.why-panel time').first().textContent();
  await page.locator('.candles').click({position: {x: 300, y: 120}, force: true});
  await page.waitForFunction((old) => {
    const time = document.querySelector('.why-panel time');
    return time && time.textContent !== old;
  }, stepped);
});

test('the keyboard reaches everything: skip link, dialog and back', async () => {
  const fresh = await open();
  const {page} = fresh;
  await fresh.live();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.getByRole('button', {name: 'Pause all'}).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  assert.match(await page.evaluate(() => document.activeElement.className), /pause/);
  await fresh.close();
});

test('no view is wider than a phone of 390 pixels', async () => {
  const phone = await open({width: 390, height: 844});
  await phone.live();
  const [bot] = (await api('/api/bots?limit=1')).items;
  const {items: [signal]} = await api('/api/signals?limit=1');
  for (const view of [...kViews, `bots/${bot.id}`, `signals/${signal.id}`]) {
    await phone.go(view);
    assert.ok(await phone.widthBeyond(390) <= 0, `'${view}' is too wide`);
  }
  assert.deepEqual(phone.takeProblems(), []);
  await phone.close();
});

// Between the themes only colours differ.
const kLooks = [
  {name: 'the dark theme', theme: 'dark', rules: null},
  {name: 'the light theme', theme: 'light', rules: ['color-contrast', 'link-in-text-block']},
  {name: 'a phone', theme: 'dark', rules: null, width: 390, height: 844},
];
for (const {name, rules, ...look} of kLooks) {
  test(`axe-core finds no serious fault in ${name}`, async () => {
    const page = await open(look);
    await page.live();
    const [bot] = (await api('/api/bots?limit=1')).items;
    const {items: [signal]} = await api('/api/signals?limit=1');
    const faults = [];
    for (const view of [...kViews, `bots/${bot.id}`, `signals/${signal.id}`]) {
      await page.go(view);
      for (const fault of await page.seriousFaults(rules)) faults.push(`'${view}' ${fault}`);
    }
    await page.go('');
    await page.page.locator('.pause').click();
    await page.page.getByRole('dialog').waitFor();
    faults.push(...await page.seriousFaults(rules));
    assert.deepEqual(faults, []);
    assert.deepEqual(page.takeProblems(), []);
    await page.close();
  });
}

test('up to here there was no error and no breach of the content security policy', () => {
  assert.deepEqual(dashboard.takeProblems(), []);
});

test('a restart of the engine is survived, and told',
     {skip: server.command ? false : 'nothing to restart without --start'}, async () => {
  const {page} = dashboard;
  await dashboard.go('feed');
  const newest = (await api('/api/events?limit=500')).items
      .reduce((most, event) => Math.max(most, event.sequence), 0);
  await server.stop();
  await page.locator('.banner.bad', {hasText: 'has not answered'}).waitFor();
  await server.start(isMock ? ['--sequence', String(newest)] : []);
  await dashboard.live();
  await page.locator('.banner.bad').waitFor({state: 'detached'});
  const before = await page.locator('.feed-link').first().getAttribute('href');
  await page.waitForFunction((old) => {
    const link = document.querySelector('.feed-link');
    return link && link.getAttribute('href') !== old;
  }, before, {timeout: kSignalMs});
  assert.deepEqual(dashboard.takeProblems(kOutage), []);
});

test('who may only read sees everything and can press nothing', {skip: !isMock}, async () => {
  const reader = await open({token: `${token}-read`});
  await reader.live();
  assert.ok(await reader.page.locator('.pause').isDisabled());
  await reader.go('bots');
  assert.ok(await reader.page.getByRole('button', {name: /^Check now/}).first().isDisabled());
  await reader.close();
});

test('of ten thousand bots only those in sight exist, and all are found', {skip: !isMock},
     async () => {
  const large = mockServer('--bots', '10000');
  await large.start();
  try {
    const many = await open({url: large.url});
    const {page} = many;
    await many.live();
    await many.go('bots');
    const rows = page.locator('.virtual-body .bot-row');
    await rows.first().waitFor();
    assert.ok(await rows.count() < 60);
    const list = page.locator('.virtual');
    await list.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await page.waitForFunction(() => document.querySelector('.virtual').scrollHeight > 40000);
    assert.ok(await rows.count() < 60);
    await page.getByLabel('Search bots').fill('-09999');
    await page.locator('.virtual-body .bot-row', {hasText: '-09999'}).waitFor();
    // Older rows come by scrolling, and rows out of sight do not exist.
    for (const view of ['intents', 'fills']) {
      await many.go(view);
      const records = page.locator('.virtual-body .record-row');
      await records.first().waitFor();
      const height = () => page.evaluate(() => document.querySelector('.virtual').scrollHeight);
      const before = await height();
      for (let i = 0; i < 3; ++i) {
        await page.locator('.virtual').evaluate((element) => {
          element.scrollTop = element.scrollHeight;
        });
        await page.waitForTimeout(200);
      }
      assert.ok(await height() >= before);
      assert.ok(await records.count() < 70);
    }
    assert.deepEqual(many.takeProblems(), []);
    await many.close();
  } finally {
    await large.stop();
  }
});
