import ccxt from 'ccxt';
import { common, linear, pointed } from './ccxt_checks.mjs';
import { key, run, secret, wrongSecret } from './checks.mjs';

await run('ccxt bybit', async (base) => {
  const make = (apiSecret, defaultType) => {
    const exchange = pointed(
      new ccxt.bybit({
        apiKey: key,
        secret: apiSecret,
        options: { fetchMarkets: { types: ['spot', 'linear'] }, defaultType },
      }),
      base);
    exchange.has.fetchCurrencies = false;
    return exchange;
  };
  const calls = (duplicate) => ({
    duplicate,
    byClientId: (e, id, s) =>
      e.fetchOpenOrder(undefined, s, { orderLinkId: id }),
    cancelByClientId: (e, id, s) => e.cancelOrder(undefined, s, { clientOrderId: id }),
  });
  const wrong = make(wrongSecret, 'spot');
  wrong.signatureWords = '10004';
  await common(make(secret, 'spot'), wrong, 'ETH/USDT', 0.1, calls('170141'));
  const swap = make(secret, 'swap');
  // The wallet is one for both markets: back to what it was is not needed, only told.
  await linearOnly(swap);
});

async function linearOnly(exchange) {
  const symbol = 'BTC/USDT:USDT';
  await exchange.loadMarkets();
  const ticker = await exchange.fetchTicker(symbol);
  await exchange.createOrder(symbol, 'market', 'buy', 0.01);
  await linear(exchange, symbol, 0.01, ticker.last);
}
