import ccxt from 'ccxt';
import { common, linear, pointed } from './ccxt_checks.mjs';
import { key, run, secret, wrongSecret } from './checks.mjs';

await run('ccxt binanceusdm', async (base) => {
  const make = (apiSecret) =>
    pointed(new ccxt.binanceusdm({ apiKey: key, secret: apiSecret }), base);
  const exchange = make(secret);
  const wrong = make(wrongSecret);
  wrong.signatureWords = 'ignature';
  const symbol = 'BTC/USDT:USDT';
  const ticker = await common(exchange, wrong, symbol, 0.01, {
    duplicate: '-4116',
    byClientId: (e, id, s) => e.fetchOrder('', s, { clientOrderId: id }),
    cancelByClientId: (e, id, s) => e.cancelOrder('', s, { clientOrderId: id }),
  });
  await linear(exchange, symbol, 0.01, ticker.last);
});
