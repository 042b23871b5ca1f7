// What the charts show: canvases tell no test what is on them, so the choices behind them are
// asked.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {dashboard} from './harness.mjs';

const kCandles = {minValue: 90, maxValue: 110};

test('a stop is in sight as long as the candles keep a third of the height', async () => {
  const ranges = await dashboard.page.evaluate(async (range) => {
    const entry = document.querySelector('script[type="module"]').src;
    const {rangeWith} = await import(new URL('parts/price_range.js', entry).href);
    return [[], [100], [85, 115], [50, 110], [49.9], [20, 120], [60, 150]].map(
        (levels) => rangeWith(range, levels));
  }, kCandles);
  const texts = ranges.map(({minValue, maxValue}) => `${minValue} to ${maxValue}`);
  assert.deepEqual(texts, ['90 to 110', '90 to 110', '85 to 115', '50 to 110', '90 to 110',
                           '90 to 120', '60 to 110']);
});
