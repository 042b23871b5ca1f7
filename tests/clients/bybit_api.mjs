import { RestClientV5 } from 'bybit-api';
import { check, equal, flippingSignatures, key, refusedWhenFlipped, run, secret }
  from './checks.mjs';

const symbol = 'BTCUSDT';
const make = (baseUrl) => new RestClientV5({ key, secret, baseUrl, parseAPIRateLimits: true });
const ok = async (call, what) => {
  const answer = await call;
  equal(answer.retCode, 0, `${what}: ${answer.retMsg}`);
  return answer.result;
};

async function linear(base) {
  const client = make(base);
  const category = 'linear';
  check(Number((await ok(client.getServerTime(), 'time')).timeSecond) > 1.6e9, 'time');
  const listed = await ok(client.getInstrumentsInfo({ category, symbol }), 'instruments');
  equal(listed.list[0].priceFilter.tickSize, '0.1', 'tick');
  const candles = await ok(client.getKline({ category, symbol, interval: '1', limit: 4 }), 'kline');
  equal(candles.list.length, 4, 'number of candles');
  check(Number(candles.list[0][0]) > Number(candles.list[1][0]), 'newest first');
  const [ticker] = (await ok(client.getTickers({ category, symbol }), 'ticker')).list;
  const last = Number(ticker.lastPrice);
  check(last > 0, 'ticker');
  const wallet = await ok(client.getWalletBalance({ accountType: 'UNIFIED' }), 'wallet');
  equal(wallet.list[0].coin.find((c) => c.coin === 'USDT').walletBalance, '100000', 'USDT');
  await ok(client.setLeverage({ category, symbol, buyLeverage: '4', sellLeverage: '4' }), 'leverage');
  const again = await client.setLeverage({ category, symbol, buyLeverage: '4', sellLeverage: '4' });
  equal(again.retCode, 110043, 'the same leverage again');

  const orderLinkId = 'bybitapi1';
  const resting = { category, symbol, side: 'Buy', orderType: 'Limit', qty: '0.01',
                    price: (last * 0.8).toFixed(1), orderLinkId };
  const placed = await ok(client.submitOrder(resting), 'place');
  equal(placed.orderLinkId, orderLinkId, 'client id of the order');
  equal((await client.submitOrder(resting)).retCode, 110072, 'the same client id again');
  await ok(client.amendOrder({ category, symbol, orderLinkId, qty: '0.02' }), 'amend');
  const open = await ok(client.getActiveOrders({ category, symbol, orderLinkId }), 'realtime');
  equal(open.list[0].qty, '0.02', 'quantity after the amendment');
  const standing = await ok(client.getActiveOrders({ category, symbol }), 'open orders');
  equal(standing.list.length, 1, 'number of open orders');
  await ok(client.cancelOrder({ category, symbol, orderLinkId }), 'cancel');
  equal((await client.cancelOrder({ category, symbol, orderLinkId })).retCode, 110001,
        'cancelling twice');
  const history = await ok(client.getHistoricOrders({ category, symbol }), 'history');
  equal(history.list[0].orderStatus, 'Cancelled', 'status in the history');

  const stopLoss = (last * 0.9).toFixed(1);
  await ok(client.submitOrder({ category, symbol, side: 'Buy', orderType: 'Market', qty: '0.01',
                                orderLinkId: 'bybitapi2', stopLoss }), 'market order');
  const [position] = (await ok(client.getPositionInfo({ category, symbol }), 'position')).list;
  equal(position.size, '0.01', 'size');
  equal(Number(position.stopLoss), Number(stopLoss), 'attached stop');
  equal(position.leverage, '4', 'leverage');
  const done = await ok(client.getExecutionList({ category, symbol }), 'executions');
  equal(done.list[0].orderLinkId, 'bybitapi2', 'client id of the execution');
  await ok(client.submitOrder({ category, symbol, side: 'Sell', orderType: 'Market', qty: '0.01',
                                reduceOnly: true }), 'close');
  const stops = await ok(client.getActiveOrders({ category, symbol }), 'realtime');
  equal(stops.list.length, 0, 'orders left after closing');
  const wire = await flippingSignatures(base);
  const over = make(wire.base);
  await refusedWhenFlipped(wire, async () => {
    const answer = await over.getWalletBalance({ accountType: 'UNIFIED' });
    if (answer.retCode !== 0) throw new Error(`${answer.retCode} ${answer.retMsg}`);
  }, '10004');
}

async function spot(base) {
  const client = make(base);
  const category = 'spot';
  const listed = await ok(client.getInstrumentsInfo({ category, symbol }), 'instruments');
  equal(listed.list[0].baseCoin, 'BTC', 'base coin');
  check(Number(listed.list[0].lotSizeFilter.basePrecision) > 0, 'step of the quantity');
  const candles = await ok(client.getKline({ category, symbol, interval: '5', limit: 3 }), 'kline');
  equal(candles.list.length, 3, 'number of candles');
  const [ticker] = (await ok(client.getTickers({ category, symbol }), 'ticker')).list;
  const last = Number(ticker.lastPrice);
  check(last > 0, 'ticker');
  const coin = async (name) => {
    const wallet = await ok(client.getWalletBalance({ accountType: 'UNIFIED' }), 'wallet');
    return Number(wallet.list[0].coin.find((c) => c.coin === name)?.walletBalance ?? 0);
  };

  const orderLinkId = 'bybitspot1';
  const resting = { category, symbol, side: 'Buy', orderType: 'Limit', qty: '0.01',
                    price: (last * 0.8).toFixed(1), orderLinkId };
  const placed = await ok(client.submitOrder(resting), 'place');
  equal(placed.orderLinkId, orderLinkId, 'client id of the order');
  check((await client.submitOrder(resting)).retCode !== 0, 'the same client id again is refused');
  await ok(client.amendOrder({ category, symbol, orderLinkId, qty: '0.02' }), 'amend');
  const open = await ok(client.getActiveOrders({ category, symbol, orderLinkId }), 'realtime');
  equal(open.list[0].qty, '0.02', 'quantity after the amendment');
  const standing = await ok(client.getActiveOrders({ category, symbol }), 'open orders');
  equal(standing.list.length, 1, 'number of open orders');
  await ok(client.cancelOrder({ category, symbol, orderLinkId }), 'cancel');
  check((await client.cancelOrder({ category, symbol, orderLinkId })).retCode !== 0,
        'cancelling twice is refused');
  const history = await ok(client.getHistoricOrders({ category, symbol }), 'history');
  equal(history.list[0].orderStatus, 'Cancelled', 'status in the history');

  const before = await coin('BTC');
  await ok(client.submitOrder({ category, symbol, side: 'Buy', orderType: 'Market', qty: '0.01',
                                marketUnit: 'baseCoin', orderLinkId: 'bybitspot2' }),
           'market order');
  const done = await ok(client.getExecutionList({ category, symbol }), 'executions');
  equal(done.list[0].orderLinkId, 'bybitspot2', 'client id of the execution');
  equal(done.list[0].feeCurrency, 'BTC', 'fee in the coin that was bought');
  const gained = (await coin('BTC')) - before;
  check(Math.abs(gained - 0.01 + Number(done.list[0].execFee)) < 1e-12, 'coins less the fee');

  await ok(client.submitOrder({ category, symbol, side: 'Sell', orderType: 'Market', qty: '0.009',
                                triggerPrice: (last * 0.9).toFixed(1), orderFilter: 'StopOrder',
                                orderLinkId: 'bybitspot3' }), 'conditional order');
  const apart = await ok(client.getActiveOrders({ category, symbol, orderFilter: 'StopOrder' }),
                         'conditional orders');
  equal(apart.list[0].orderLinkId, 'bybitspot3', 'conditional orders stand apart');
  await ok(client.cancelAllOrders({ category, symbol, orderFilter: 'StopOrder' }), 'cancel all');
  const none = await ok(client.getActiveOrders({ category, symbol, orderFilter: 'StopOrder' }),
                        'conditional orders');
  equal(none.list.length, 0, 'conditional orders left');
  const wire = await flippingSignatures(base);
  const over = make(wire.base);
  await refusedWhenFlipped(wire, async () => {
    const answer = await over.getActiveOrders({ category, symbol });
    if (answer.retCode !== 0) throw new Error(`${answer.retCode} ${answer.retMsg}`);
  }, '10004');
}

await run('bybit-api', async (base) => {
  await linear(base);
  await spot(base);
});
