// The common calls of ccxt, the same for all three venues.
import { check, equal, flippingSignatures, refused, refusedWhenFlipped } from './checks.mjs';

export function pointed(exchange, base) {
  const replaced = (value) =>
    typeof value === 'string'
      ? value.replace(/^https?:\/\/[^/]+/, base)
      : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner)]));
  exchange.urls.api = replaced(exchange.urls.api);
  exchange.has.fetchCurrencies = false;  // wallet endpoints that the venue does not have
  return exchange;
}

async function marketData(exchange, symbol) {
  const time = await exchange.fetchTime();
  check(Math.abs(time - Date.now()) < 60_000, `the venue's time is about ours, ${time}`);
  const markets = await exchange.loadMarkets();
  check(markets[symbol] !== undefined, `${symbol} is listed`);
  check(markets[symbol].precision.price > 0, 'it has a tick');
  check(markets[symbol].precision.amount > 0, 'it has a lot');
  equal(markets[symbol].limits.cost.min, 5, 'its minimum notional');
  const candles = await exchange.fetchOHLCV(symbol, '1m', undefined, 5);
  equal(candles.length, 5, 'number of candles');
  check(candles.every((c, i) => i === 0 || c[0] - candles[i - 1][0] === 60_000),
        'candles ascend by a minute');
  const from = candles[0][0] - 100 * 60_000;
  const paged = await exchange.fetchOHLCV(symbol, '1m', from, 3);
  equal(paged.length, 3, 'number of candles since a time');
  equal(paged[0][0], from, 'the first candle since a time');
  const ticker = await exchange.fetchTicker(symbol);
  check(ticker.last > 0 && ticker.high >= ticker.low, 'ticker');
  const book = await exchange.fetchOrderBook(symbol);
  check(book.bids[0][0] < book.asks[0][0], 'bid below ask');
  return ticker;
}

async function restingOrder(exchange, symbol, amount, price, params) {
  const id = 'ccxtresting0000000000000001';
  const far = exchange.priceToPrecision(symbol, price * 0.8);
  const placed = await exchange.createOrder(symbol, 'limit', 'buy', amount, far,
                                            { clientOrderId: id });
  const open = await exchange.fetchOpenOrders(symbol);
  equal(open.length, 1, 'number of open orders');
  equal(open[0].id, placed.id, 'id of the open order');
  equal(open[0].clientOrderId, id, 'client id of the open order');
  equal(open[0].price, Number(far), 'price of the open order');
  const nearer = exchange.priceToPrecision(symbol, price * 0.85);
  const amended = await exchange.editOrder(placed.id, symbol, 'limit', 'buy', amount, nearer);
  const now = await exchange.fetchOrder(amended.id, symbol, params);
  equal(now.price, Number(nearer), 'price after the amendment');
  equal(now.status, 'open', 'status after the amendment');
  await exchange.cancelOrder(amended.id, symbol);
  equal((await exchange.fetchOpenOrders(symbol)).length, 0, 'open orders after the cancel');
  await refused(() => exchange.cancelOrder(amended.id, symbol), '', 'cancelling twice');
}

async function byClientId(exchange, symbol, amount, price, calls) {
  const id = 'ccxtbyclientid000000000002';
  const far = exchange.priceToPrecision(symbol, price * 0.8);
  await exchange.createOrder(symbol, 'limit', 'buy', amount, far, { clientOrderId: id });
  await refused(
    () => exchange.createOrder(symbol, 'limit', 'buy', amount, far, { clientOrderId: id }),
    calls.duplicate, 'the same client id again');
  const found = await calls.byClientId(exchange, id, symbol);
  equal(found.clientOrderId, id, 'client id of the order asked for');
  const nearer = exchange.priceToPrecision(symbol, price * 0.84);
  const amended = calls.amendByClientId ?? { params: { clientOrderId: id }, id };
  await exchange.editOrder('', symbol, 'limit', 'buy', amount, nearer, amended.params);
  const moved = await calls.byClientId(exchange, amended.id, symbol);
  equal(moved.price, Number(nearer), 'price after the amendment by client id');
  await calls.cancelByClientId(exchange, amended.id, symbol);
  equal((await exchange.fetchOpenOrders(symbol)).length, 0, 'open orders after the cancel');
}

async function filledOrder(exchange, symbol, amount, params) {
  const placed = await exchange.createOrder(symbol, 'market', 'buy', amount);
  const order = await exchange.fetchOrder(placed.id, symbol, params);
  equal(order.status, 'closed', 'status of a market order');
  equal(order.filled, amount, 'filled of a market order');
  const trades = await exchange.fetchMyTrades(symbol);
  const mine = trades.filter((trade) => trade.order === placed.id);
  equal(mine.length, 1, 'number of executions');
  equal(mine[0].amount, amount, 'quantity of the execution');
  check(mine[0].fee.cost > 0 && mine[0].fee.currency !== undefined, 'fee of the execution');
  const history = await (exchange.has.fetchClosedOrders ? exchange.fetchClosedOrders(symbol)
                                                        : exchange.fetchOrders(symbol));
  check(history.some((entry) => entry.id === placed.id), 'the order is in the history');
}

async function refusals(exchange, symbol, price, make, base, calls) {
  const wild = exchange.priceToPrecision(symbol, price * 0.8);
  await refused(() => exchange.createOrder(symbol, 'limit', 'buy', 400, wild), '',
                'an order without the money');
  const wire = await flippingSignatures(base);
  const over = make(wire.base);
  await refusedWhenFlipped(wire, () => over.fetchBalance(), calls.signatureWords);
}

// `make` gives a client that is pointed at a base URL.
export async function common(make, base, symbol, amount, calls) {
  const exchange = make(base);
  const ticker = await marketData(exchange, symbol);
  const before = await exchange.fetchBalance();
  equal(before.USDT.total, 100000, 'USDT at the start');
  await restingOrder(exchange, symbol, amount, ticker.last, calls.orderParams);
  await byClientId(exchange, symbol, amount, ticker.last, calls);
  await filledOrder(exchange, symbol, amount, calls.orderParams);
  await refusals(exchange, symbol, ticker.last, make, base, calls);
  return ticker;
}

export async function linear(exchange, symbol, amount, price) {
  await exchange.setLeverage(5, symbol);
  let [position] = await exchange.fetchPositions([symbol]);
  equal(position.contracts, amount, 'size of the position');
  equal(position.side, 'long', 'side of the position');
  equal(position.leverage, 5, 'leverage of the position');
  const stop = exchange.priceToPrecision(symbol, price * 0.9);
  const placed = await exchange.createOrder(symbol, 'market', 'sell', amount, undefined,
                                            { stopLossPrice: stop, reduceOnly: true });
  const open = await exchange.fetchOpenOrders(symbol, undefined, undefined, { trigger: true });
  equal(open.length, 1, 'number of conditional orders');
  equal(open[0].triggerPrice, Number(stop), 'trigger of the stop');
  await exchange.cancelOrder(placed.id, symbol, { trigger: true });
  await exchange.createOrder(symbol, 'market', 'sell', amount, undefined, { reduceOnly: true });
  const left = await exchange.fetchPositions([symbol]);
  check(left.length === 0 || !left[0].contracts, 'flat after closing');
}
