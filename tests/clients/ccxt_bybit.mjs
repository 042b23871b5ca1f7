import ccxt from 'ccxt';
import { common, linear, pointed } from './ccxt_checks.mjs';
import { key, run, secret, wrongSecret } from './checks.mjs';

// spot or linear: the wallet is one for both, so each starts its own venue.
const market = process.argv[2];

await run(`ccxt bybit ${market}`, async (base) => {
  const make = (apiSecret) => pointed(new ccxt.bybit({ apiKey: key, secret: apiSecret }), base);
  const wrong = make(wrongSecret);
  wrong.signatureWords = '10004';
  const calls = {
    duplicate: market === 'spot' ? '170141' : '110072',
    orderParams: { acknowledged: true },
    byClientId: (e, id, s) => e.fetchOpenOrder(undefined, s, { orderLinkId: id }),
    cancelByClientId: (e, id, s) => e.cancelOrder(undefined, s, { orderLinkId: id }),
  };
  const symbol = market === 'spot' ? 'ETH/USDT' : 'BTC/USDT:USDT';
  const amount = market === 'spot' ? 0.1 : 0.01;
  const ticker = await common(make(secret), wrong, symbol, amount, calls);
  if (market === 'linear') await linear(make(secret), symbol, amount, ticker.last);
});
