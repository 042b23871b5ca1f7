import { Spot } from '@binance/connector';
import { check, equal, flippingSignatures, key, refused, refusedWhenFlipped, run, secret }
  from './checks.mjs';

await run('@binance/connector', async (base) => {
  const make = (baseURL) => new Spot(key, secret, { baseURL });
  const client = make(base);
  const symbol = 'ETHUSDT';
  check((await client.time()).data.serverTime > 1.6e12, 'time');
  const info = (await client.exchangeInfo({ symbol })).data;
  equal(info.symbols[0].baseAsset, 'ETH', 'instrument');
  equal((await client.klines(symbol, '5m', { limit: 4 })).data.length, 4, 'candles');
  const last = Number((await client.ticker24hr(symbol)).data.lastPrice);
  check(last > 0, 'ticker');
  const account = (await client.account()).data;
  equal(account.balances.find((b) => b.asset === 'ETH').free, '20.00000000', 'ETH');
  const newClientOrderId = 'connector-1';
  const limit = { price: (last * 0.8).toFixed(2), quantity: 0.1, timeInForce: 'GTC',
                  newClientOrderId };
  const placed = await client.newOrder(symbol, 'BUY', 'LIMIT', limit);
  equal(placed.data.clientOrderId, newClientOrderId, 'client id');
  check(placed.headers['x-mbx-used-weight-1m'] !== undefined, 'used weight is told');
  check(placed.headers['x-mbx-order-count-10s'] === '1', 'orders are counted');
  await refused(() => client.newOrder(symbol, 'BUY', 'LIMIT', limit), 'Duplicate order sent',
                'the same client id again');
  equal((await client.openOrders({ symbol })).data.length, 1, 'open orders');
  const order = await client.getOrder(symbol, { origClientOrderId: newClientOrderId });
  equal(order.data.status, 'NEW', 'status');
  const replaced = await client.cancelAndReplace(symbol, 'BUY', 'LIMIT', 'STOP_ON_FAILURE', {
    ...limit, newClientOrderId: 'connector-2', cancelOrigClientOrderId: newClientOrderId });
  equal(replaced.data.newOrderResult, 'SUCCESS', 'cancel and replace');
  await client.cancelOrder(symbol, { origClientOrderId: 'connector-2' });
  await refused(() => client.cancelOrder(symbol, { origClientOrderId: 'connector-2' }), '-2011',
                'cancelling twice');
  const sold = await client.newOrder(symbol, 'SELL', 'MARKET', { quantity: 0.1 });
  equal(sold.data.status, 'FILLED', 'market order');
  equal(sold.data.fills[0].commissionAsset, 'USDT', 'fee in the coin that was got');
  equal((await client.myTrades(symbol)).data.length, 1, 'executions');
  equal((await client.allOrders(symbol)).data.length, 3, 'history');
  await refused(() => client.newOrder(symbol, 'BUY', 'LIMIT', { ...limit, price: 2000.123,
    newClientOrderId: 'connector-3' }), 'PRICE_FILTER', 'a price off the tick');
  const wire = await flippingSignatures(base);
  await refusedWhenFlipped(wire, () => make(wire.base).account(), '-1022');
});
