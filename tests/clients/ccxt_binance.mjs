import ccxt from 'ccxt';
import { common, pointed } from './ccxt_checks.mjs';
import { check, equal, key, run, secret } from './checks.mjs';

await run('ccxt binance', async (base) => {
  const options = { fetchMarkets: { types: ['spot'] }, fetchMargins: false };
  const make = (url) => pointed(new ccxt.binance({ apiKey: key, secret, options }), url);
  const exchange = make(base);
  const symbol = 'BTC/USDT';
  const ticker = await common(make, base, symbol, 0.01, {
    duplicate: 'Duplicate order sent',
    signatureWords: 'ignature',
    // Spot has no amendment of the price: the order is replaced by one with another id.
    amendByClientId: {
      id: 'ccxtbyclientid000000000003',
      params: { cancelOrigClientOrderId: 'ccxtbyclientid000000000002',
                newClientOrderId: 'ccxtbyclientid000000000003' },
    },
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
