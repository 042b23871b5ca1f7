import { createRequire } from 'node:module';

import { MainClient, USDMClient } from 'binance';
import { check, equal, flippingSignatures, key, refused, refusedWhenFlipped, run, secret }
  from './checks.mjs';

const symbol = 'BTCUSDT';
const axios = createRequire(import.meta.url)('axios');

// This client asks for the time of spot at the real venue's address, whatever base URL it is given:
// only the last step of its transport goes elsewhere.
const diverted = (base) => ({
  adapter: (request) => axios.getAdapter('http')(
    { ...request, url: request.url.replace('https://api.binance.com', base) }),
});

async function spot(base) {
  const make = (baseUrl) =>
    new MainClient({ api_key: key, api_secret: secret, baseUrl, disableTimeSync: true });
  const client = make(base);
  const timed = new MainClient({ baseUrl: base, disableTimeSync: true }, diverted(base));
  check((await timed.getServerTime()) > 1.6e12, 'time');
  const { symbols } = await client.getExchangeInfo({ symbol });
  equal(symbols[0].filters.find((f) => f.filterType === 'PRICE_FILTER').tickSize, '0.01000000',
        'tick');
  equal((await client.getKlines({ symbol, interval: '1m', limit: 3 })).length, 3, 'candles');
  const ticker = await client.get24hrChangeStatistics({ symbol });
  const last = Number(ticker.lastPrice);
  check(last > 0, 'ticker');
  const account = await client.getAccountInformation();
  equal(account.balances.find((b) => b.asset === 'USDT').free, '100000.00000000', 'USDT');
  const order = (id, price) => ({ symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC',
                                  quantity: 0.01, price, newClientOrderId: id });
  const price = Number((last * 0.8).toFixed(2));
  // The library puts its own mark before client ids that it does not know.
  const placed = await client.submitNewOrder(order(client.generateNewOrderId(), price));
  const open = await client.getOpenOrders({ symbol });
  equal(open.length, 1, 'open orders');
  await refused(() => client.submitNewOrder(order(placed.clientOrderId, price)), 'Duplicate',
                'the same client id again');
  const replaced = await client.replaceOrder({
    ...order(client.generateNewOrderId(), Number((last * 0.85).toFixed(2))),
    cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: placed.clientOrderId });
  equal(replaced.newOrderResult, 'SUCCESS', 'cancel and replace');
  const newId = replaced.newOrderResponse.clientOrderId;
  equal((await client.getOrder({ symbol, origClientOrderId: newId })).status, 'NEW', 'status');
  await client.cancelOrder({ symbol, origClientOrderId: newId });
  equal((await client.getAllOrders({ symbol })).length, 2, 'history');
  const bought = await client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET',
                                               quantity: 0.01, newOrderRespType: 'FULL' });
  equal(bought.status, 'FILLED', 'market order');
  equal(bought.fills[0].commission, '0.00001000', 'fee in the coin that was bought');
  equal((await client.getAccountTradeList({ symbol }))[0].qty, '0.01000000', 'execution');
  const wire = await flippingSignatures(base);
  await refusedWhenFlipped(wire, () => make(wire.base).getAccountInformation(), '-1022');
}

async function usdm(base) {
  const make = (baseUrl) =>
    new USDMClient({ api_key: key, api_secret: secret, baseUrl, disableTimeSync: true });
  const client = make(base);
  check((await client.getServerTime()) > 1.6e12, 'time');
  equal((await client.getExchangeInfo()).symbols.length, 2, 'instruments');
  equal((await client.getKlines({ symbol, interval: '1m', limit: 3 })).length, 3, 'candles');
  const last = Number((await client.get24hrChangeStatistics({ symbol })).lastPrice);
  check(last > 0, 'ticker');
  equal((await client.getBalance()).find((b) => b.asset === 'USDT').balance, '100000.00000000',
        'USDT');
  equal((await client.setLeverage({ symbol, leverage: 3 })).leverage, 3, 'leverage');
  const [config] = await client.getFuturesSymbolConfig({ symbol });
  equal(config.leverage, 3, 'leverage of the symbol');
  const newClientOrderId = client.generateNewOrderId();
  const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01,
                  price: Number((last * 0.8).toFixed(1)), newClientOrderId };
  await client.submitNewOrder(limit);
  await refused(() => client.submitNewOrder(limit), '-4116', 'the same client id again');
  await client.modifyOrder({ symbol, side: 'BUY', origClientOrderId: newClientOrderId,
                             quantity: 0.02, price: limit.price });
  equal((await client.getAllOpenOrders({ symbol }))[0].origQty, '0.020', 'amended quantity');
  equal((await client.getOrder({ symbol, origClientOrderId: newClientOrderId })).status, 'NEW',
        'status');
  await client.cancelOrder({ symbol, origClientOrderId: newClientOrderId });
  await refused(() => client.cancelOrder({ symbol, origClientOrderId: newClientOrderId }), '-2011',
                'cancelling twice');
  await client.submitNewOrder({ symbol, side: 'BUY', type: 'MARKET', quantity: 0.01 });
  await refused(() => client.submitNewOrder({ symbol, side: 'SELL', type: 'STOP_MARKET',
                                              stopPrice: last * 0.9, quantity: 0.01 }),
                '-4120', 'a conditional order at the old place');
  const stop = await client.submitNewAlgoOrder({
    algoType: 'CONDITIONAL', symbol, side: 'SELL', type: 'STOP_MARKET', quantity: 0.01,
    triggerPrice: Number((last * 0.9).toFixed(1)), reduceOnly: 'true' });
  equal((await client.getOpenAlgoOrders({ symbol })).length, 1, 'conditional orders');
  equal((await client.getAlgoOrder({ algoId: stop.algoId })).algoStatus, 'NEW', 'its status');
  await client.cancelAlgoOrder({ algoId: stop.algoId });
  const [position] = await client.getPositionsV3({ symbol });
  equal(position.positionAmt, '0.010', 'size of the position');
  equal((await client.getAccountTrades({ symbol })).length, 1, 'executions');
  equal((await client.getAllOrders({ symbol })).length, 2, 'history');
  const wire = await flippingSignatures(base);
  await refusedWhenFlipped(wire, () => make(wire.base).getBalance(), '-1022');
}

await run('binance', async (base) => {
  await spot(base);
  await usdm(base);
});
