import ccxt from 'ccxt';
import { common, linear, pointed } from './ccxt_checks.mjs';
import { key, run, secret } from './checks.mjs';

// spot or linear: the wallet is one for both, so each starts its own venue.
const market = process.argv[2];

await run(`ccxt bybit ${market}`, async (base) => {
  const make = (url) => pointed(new ccxt.bybit({ apiKey: key, secret }), url);
  const calls = {
    duplicate: market === 'spot' ? '170141' : '110072',
    signatureWords: '10004',
    orderParams: { acknowledged: true },
    byClientId: (e, id, s) => e.fetchOpenOrder(undefined, s, { orderLinkId: id }),
    cancelByClientId: (e, id, s) => e.cancelOrder(undefined, s, { orderLinkId: id }),
  };
  const symbol = market === 'spot' ? 'ETH/USDT' : 'BTC/USDT:USDT';
  const amount = market === 'spot' ? 0.1 : 0.01;
  const ticker = await common(make, base, symbol, amount, calls);
  if (market === 'linear') await linear(make(base), symbol, amount, ticker.last);
});
