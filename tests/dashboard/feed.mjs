// The live feed: its groups, how many signals are in each, and what it shows while it is held.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {isMock, kSignalMs, open} from './harness.mjs';

test('the feed tells its groups apart, and why signals were filtered', async () => {
  const fresh = await open();
  const {page} = fresh;
  await fresh.go('feed');
  await page.locator('.feed-link').first().waitFor({timeout: kSignalMs});
  for (const group of ['pending', 'filtered', 'executed', 'failed']) {
    await page.getByRole('button', {name: new RegExp(`^${group}`, 'i')}).click();
    const strangers = page.locator(`.feed-item:not(.${group})`);
    await strangers.first().waitFor({state: 'detached'});
    await page.locator('.feed-item, .empty').first().waitFor();
    const shown = await page.locator('.feed-item').count();
    if (isMock && ['filtered', 'executed'].includes(group)) assert.ok(shown > 0, `no ${group}`);
  }
  await page.getByRole('button', {name: /^filtered/i}).click();
  const chips = page.locator('.chip');
  if (isMock) await chips.first().waitFor();
  if (await chips.count()) {
    const reason = await chips.first().locator('code').textContent();
    await chips.first().click();
    await page.locator('.feed-item').filter({hasNotText: reason}).first()
        .waitFor({state: 'detached'});
    assert.ok(await page.locator('.feed-item').count() > 0);
    assert.ok(page.url().includes(`reason=${reason}`));
  }
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('a group of the feed leads to all signals of that group, not of one status', async () => {
  const fresh = await open();
  const {page} = fresh;
  await fresh.go('feed?group=filtered');
  const answered = page.waitForResponse((answer) => {
    const {searchParams} = new URL(answer.url());
    return searchParams.get('group') === 'filtered' && searchParams.get('limit') === '100';
  });
  await page.getByRole('link', {name: 'All filtered'}).click();
  assert.equal(new URL((await answered).url()).searchParams.get('status'), null);
  await page.getByText('Those that are filtered').waitFor();
  await page.getByRole('button', {name: 'Rejected', exact: true}).click();
  await page.waitForFunction(() => location.hash === '#/signals?status=REJECTED');
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

// Its group is not what its status suggests: only the engine says in which it is.
const signalOf = (id, group) => ({
  id, group, source: 'STRATEGY', bot: 'tested', symbol: 'BTC/USDT', direction: 'LONG',
  timeframe: '1m', created_at: '2026-01-02T03:04:05Z', entry: '60000', decision: 'ACCEPTED',
  rejection_reason: 'NONE', execution_status: 'EXECUTED', execution_reason: 'NONE'});

test('each group of the feed is asked for by itself, follows the stream, and is held',
     async () => {
  const state = {'': [signalOf('newest', 'PENDING')], failed: [signalOf('older', 'FAILED')]};
  const groupIn = (address) => new URL(address).searchParams.get('group') || '';
  const fresh = await open({prepare: (page) => page.route('**/api/signals?*', (route) =>
    route.fulfill({json: {items: state[groupIn(route.request().url())] ?? [], next: null}}))});
  const {page} = fresh;
  const ids = () => page.locator('.feed-link').evaluateAll((links) =>
    links.map((link) => link.hash.split('/').pop()));
  const shows = (id) => page.locator(`.feed-link[href="#/signals/${id}"]`)
      .waitFor({timeout: kSignalMs});
  await fresh.go('feed');
  await page.locator('.feed-item.pending').waitFor();
  await page.getByRole('button', {name: /^failed/i}).click();
  await shows('older');
  assert.deepEqual(await ids(), ['older']);
  assert.equal(await page.locator('.feed-item.failed').count(), 1);
  state.failed = [signalOf('later', 'FAILED'), ...state.failed];
  await shows('later');
  await page.getByRole('button', {name: 'Hold'}).click();
  state.failed = [signalOf('last', 'FAILED'), ...state.failed];
  for (let i = 0; i < 2; ++i) {  // once the second is there, the first was looked at
    await page.waitForResponse((answer) => groupIn(answer.url()) === 'failed',
                               {timeout: kSignalMs});
  }
  assert.deepEqual(await ids(), ['later', 'older']);
  await page.getByRole('button', {name: 'Go on'}).click();
  await shows('last');
  await page.getByRole('button', {name: /^executed/i}).click();
  await page.getByText('No signal is executed here').waitFor();
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('an event of a trade says what happened; its ids are a link and a title', async () => {
  const fresh = await open();
  const {page} = fresh;
  await fresh.go('feed');
  const rows = page.locator('.event-text', {has: page.locator('a[href^="#/trades/"]')});
  await rows.filter({hasText: 'completed'}).first().waitFor({timeout: kSignalMs});
  const shown = await rows.evaluateAll((all) => all.map((row) => [row.textContent, row.title]));
  for (const [text, title] of shown) {
    assert.doesNotMatch(text, /signal \S+ [A-Z]{4,}|intent [A-Z]{4,}|order \S*-/);
    assert.match(title, /signal \S+ [A-Z]+, intent [A-Z_]+$/);
  }
  if (isMock) assert.ok(shown.some(([text]) => text.includes('attempt 1')));
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

const kSince = Date.UTC(2026, 0, 2, 3, 4, 5);
const tabsOf = (page) => page.locator('.segment').allTextContents();

test('the tabs of the feed say how many signals there are, not how many are shown', async () => {
  const state = {
    counts: {since: kSince, pending: 1, filtered: 20345, executed: 3, failed: 0},
    groups: {'': [signalOf('a', 'PENDING'), signalOf('b', 'FILTERED')],
             filtered: [signalOf('b', 'FILTERED')], executed: [signalOf('c', 'EXECUTED')]}};
  const fresh = await open({prepare: (page) => page.route('**/api/signals?*', (route) => {
    const items = state.groups[new URL(route.request().url()).searchParams.get('group') || ''];
    return route.fulfill({json: {items: items ?? [], next: items ? 'older' : null,
                                 counts: state.counts}});
  })});
  const {page} = fresh;
  const aside = page.locator('.panel', {hasText: 'Signals'}).locator('.panel-aside').first();
  const tabs = ['All20,349', 'Pending1', 'Filtered20,345', 'Executed3', 'Failed0'];
  await fresh.go('feed');
  await page.locator('.feed-item').first().waitFor();
  assert.deepEqual(await tabsOf(page), tabs);
  await aside.filter({hasText: 'The newest 2 of 20,349 since'}).waitFor();
  assert.equal(await aside.locator('time').getAttribute('datetime'),
               new Date(kSince).toISOString());
  await page.getByRole('button', {name: /^filtered/i}).click();
  await aside.filter({hasText: 'The newest 1 of 20,345 since'}).waitFor();
  assert.deepEqual(await tabsOf(page), tabs);
  // Of a group without any, the engine may have looked through a part only.
  await page.getByRole('button', {name: /^failed/i}).click();
  await page.getByText('No signal is failed here').waitFor();
  assert.deepEqual(await tabsOf(page), tabs);
  state.counts = {since: kSince, pending: 0, filtered: 20345, executed: 3, failed: 1};
  state.groups.failed = [signalOf('d', 'FAILED')];
  await page.locator('.feed-item.failed').waitFor({timeout: kSignalMs});
  assert.deepEqual(await tabsOf(page),
                   ['All20,349', 'Pending0', 'Filtered20,345', 'Executed3', 'Failed1']);
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('the counts of the feed are those of the bot that it is about', {skip: !isMock}, async () => {
  const fresh = await open();
  const {page} = fresh;
  await fresh.go('feed');
  await page.locator('.feed-item').first().waitFor();
  const bot = await page.locator('.feed-item .bot-link').first().textContent();
  const all = Number((await tabsOf(page))[0].replace(/\D/g, ''));
  await fresh.go(`feed?bot=${bot}`);
  await page.waitForFunction((most) =>
    Number(document.querySelector('.segment').textContent.replace(/\D/g, '')) < most, all);
  const names = await page.locator('.feed-item .bot-link').allTextContents();
  assert.deepEqual([...new Set(names)], [bot]);
  const link = page.locator('.panel-aside a', {hasText: 'All'});
  assert.equal(await link.getAttribute('href'), `#/signals?bot=${bot}`);
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});
