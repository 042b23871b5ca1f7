import ccxt from 'ccxt';
import { common, pointed } from './ccxt_checks.mjs';
import { check, equal, key, run, secret, wrongSecret } from './checks.mjs';

await run('ccxt binance', async (base) => {
  const options = { fetchMarkets: { types: ['spot'] }, fetchMargins: false };
  const make = (apiSecret) =>
    pointed(new ccxt.binance({ apiKey: key, secret: apiSecret, options }), base);
  const exchange = make(secret);
  const wrong = make(wrongSecret);
  wrong.signatureWords = 'ignature';
  const symbol = 'BTC/USDT';
  const ticker = await common(exchange, wrong, symbol, 0.01, {
    duplicate: 'Duplicate order sent',
    byClientId: (e, id, s) => e.fetchOrder('', s, { clientOrderId: id }),
    cancelByClientId: (e, id, s) => e.cancelOrder('', s, { clientOrderId: id }),
  });
  const after = await exchange.fetchBalance();
  equal(after.BTC.total, 2.00999, 'BTC after buying 0.01 for 0.1 % of it');
  const stop = exchange.priceToPrecision(symbol, ticker.last * 0.9);
  const low = exchange.priceToPrecision(symbol, ticker.last * 0.89);
  await exchange.createOrder(symbol, 'limit', 'sell', 0.01, low, { stopLossPrice: stop });
  const [open] = await exchange.fetchOpenOrders(symbol);
  equal(open.triggerPrice, Number(stop), 'trigger of the stop');
  check((await exchange.fetchBalance()).BTC.used === 0.01, 'a stop reserves its coins');
  await exchange.cancelAllOrders(symbol);
  equal((await exchange.fetchOpenOrders(symbol)).length, 0, 'open orders after cancelling all');
});
