// Numbers as they are read: amounts of any size, and lists whose rows change while they are shown.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {dashboard, open} from './harness.mjs';

// Calls exported functions of one of the page's modules: [name, ...arguments] each.
const called = (file, calls) => dashboard.page.evaluate(async ([path, list]) => {
  const entry = document.querySelector('script[type="module"]').src;
  const module = await import(new URL(path, entry).href);
  return list.map(([name, ...given]) => module[name](...given));
}, [file, calls]);

test('an amount is never shown as nothing, and never in more digits than it takes', async () => {
  const expected = [
    ['money', '0', '0.00'], ['money', '0.05', '0.05'], ['money', '0.0045', '0.0045'],
    ['money', '0.00001234', '0.000012'], ['money', '1234567.891', '1,234,567.89'],
    ['money', '123456789012345678.9', '123,456,789,012,345,678.90'],
    ['signed', '-0.004', '\u22120.0040'], ['signed', '12.345', '+12.35'], ['signed', '0', '0.00'],
    ['signed', '0.00000001', '+0.000000010'],
    ['figure', '65000.5', '65,000.5000'], ['figure', 0.05, '0.0500'],
    ['figure', 1.234e-5, '0.00001234'], ['decimal', '0.00001234', '0.00001234'],
  ];
  const shown = await called('format.js', expected.map(([name, value]) => [name, value]));
  assert.deepEqual(shown, expected.map(([, , text]) => text));
});

test('a list read again holds what there is now, and nothing is left out between', async () => {
  const shown = await dashboard.page.evaluate(async () => {
    const entry = document.querySelector('script[type="module"]').src;
    const {joined} = await import(new URL('resource.js', entry).href);
    const read = (old, reach, page, next) => {
      const {items, next: after} = joined({items: old, reach, next: 'older'},
                                          {items: page, next}, 3, (row) => row);
      return `${items.join(' ')} | ${after}`;
    };
    return [
      read([5, 4, 3, 2, 1], 3, [6, 5, 3], 'behind 3'),  // 4 has left
      read([5, 4, 3, 2, 1], 3, [9, 8, 7], 'behind 7'),  // 6 may be there as well
      read([5, 4, 3, 2, 1], 3, [5, 3, 1], null),
      read([2, 1], 0, [], 'far behind'),                // found further back, by paging
      read([5, 4, 1], 2, [], 'far behind'),
      read([], 0, [], 'far behind'),                    // none was found yet, and paging goes on
    ];
  });
  assert.deepEqual(shown, ['6 5 3 2 1 | older', '9 8 7 | behind 7', '5 3 1 | null',
                           '2 1 | older', '1 | older', ' | older']);
});

const kPositions = Array.from({length: 150}, (_, i) => ({
  id: `p${i}`, bot: `bot-${i}`, symbol: 'SHIB/USDT', side: 'LONG', status: 'OPEN',
  quantity: '1000000', total_entered: '1000000', average_entry: '0.00001234',
  stop_loss: '0.00001', take_profit: '0', realised_profit: '0', profit: '-0.0012', fees: '0.0012',
  mark: '0.00001236', unrealized: '0.02', dust: false, opened_at: '2026-01-02T03:04:05Z',
  closed_at: null, close_reason: 'NONE',
}));

test('open positions are worth what they are now, those of later pages too', async () => {
  const state = {positions: kPositions};
  const fresh = await open({prepare: (page) => page.route('**/api/positions?*', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const from = Number(asked.get('cursor') ?? 0);
    const end = from + Number(asked.get('limit'));
    const next = end < state.positions.length ? String(end) : null;
    return route.fulfill({json: {items: state.positions.slice(from, end), next}});
  })});
  const {page} = fresh;
  await fresh.go('positions');
  await page.getByRole('button', {name: 'Older rows'}).click();
  const row = (bot) => page.locator('.table tbody tr', {
    has: page.getByRole('link', {name: bot, exact: true})});
  const cell = (bot, label) => row(bot).locator(`td[data-label="${label}"]`);
  await row('bot-149').waitFor();
  assert.equal(await cell('bot-149', 'Entry').textContent(), '0.00001234');
  assert.equal(await cell('bot-149', 'Realised, net').textContent(), '\u22120.0012');
  state.positions = kPositions.filter(({id}) => id !== 'p120').map((one) => ({
    ...one, mark: '0.0000125', unrealized: '0.16'}));
  await row('bot-120').waitFor({state: 'detached'});
  assert.equal(await page.locator('.table tbody tr').count(), 149);
  for (const bot of ['bot-0', 'bot-149']) {
    assert.equal(await cell(bot, 'Price now').textContent(), '0.0000125');
    assert.equal(await cell(bot, 'Unrealised').textContent(), '+0.16');
  }
  assert.deepEqual(fresh.takeProblems(), []);
  await fresh.close();
});

test('an address that nobody can read leads nowhere, and the page goes on', async () => {
  const {page} = dashboard;
  await page.evaluate(() => {
    location.hash = '#/%';
  });
  await page.getByText('There is no such page.').waitFor();
  await dashboard.go('bots');
  assert.deepEqual(dashboard.takeProblems(), []);
});
