import ccxt from 'ccxt';
import { common, linear, pointed } from './ccxt_checks.mjs';
import { key, run, secret } from './checks.mjs';

await run('ccxt binanceusdm', async (base) => {
  const make = (url) => pointed(new ccxt.binanceusdm({ apiKey: key, secret }), url);
  const symbol = 'BTC/USDT:USDT';
  const ticker = await common(make, base, symbol, 0.01, {
    duplicate: '-4116',
    signatureWords: 'ignature',
    byClientId: (e, id, s) => e.fetchOrder('', s, { clientOrderId: id }),
    cancelByClientId: (e, id, s) => e.cancelOrder('', s, { clientOrderId: id }),
  });
  await linear(make(base), symbol, 0.01, ticker.last);
});
