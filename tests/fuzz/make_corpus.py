#!/usr/bin/env python3
"""Writes the seeds of the fuzzers anew: replies of botbox-exchange, one file per reader.

    build/release/bin/botbox-exchange --port 8790 --seed 7 --start 2024-03-01 \\
        --symbols BTC/USDT BTC/USDT:USDT
    tests/fuzz/make_corpus.py http://127.0.0.1:8790
"""
import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

BASE = sys.argv[1]
KEY, SECRET = "test-key", "test-secret"
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def fetch(method, path, headers=None, body=None):
    request = urllib.request.Request(BASE + path, method=method, headers=headers or {},
                                     data=body.encode() if body is not None else None)
    try:
        return urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as refused:
        return refused.read()


def now():
    return json.loads(fetch("GET", "/api/v3/time"))["serverTime"]


def sign(text):
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def binance(method, path, **params):
    query = urllib.parse.urlencode(dict(params, timestamp=now()))
    query += "&signature=" + sign(query)
    return fetch(method, f"{path}?{query}", {"X-MBX-APIKEY": KEY})


def bybit(method, path, **params):
    text = urllib.parse.urlencode(params) if method == "GET" else json.dumps(params)
    stamp = str(now())
    headers = {"X-BAPI-API-KEY": KEY, "X-BAPI-TIMESTAMP": stamp, "X-BAPI-RECV-WINDOW": "5000",
               "X-BAPI-SIGN": sign(stamp + KEY + "5000" + text), "Content-Type": "application/json"}
    if method == "GET":
        return fetch(method, f"{path}?{text}", headers)
    return fetch(method, path, headers, text)


def seed(target, name, reader, reply):
    folder = os.path.join(FOLDER, target)
    os.makedirs(folder, exist_ok=True)
    prefix = b"" if reader is None else bytes([reader])
    with open(os.path.join(folder, name), "wb") as out:
        out.write(prefix + reply.strip() + b"\n")


def seed_bybit():
    def put(name, number, reply, linear=False):
        seed("bybit_replies", name, ord("a" if linear else "A") + number, reply)

    put("head", 0, bybit("POST", "/v5/order/create", category="spot", symbol="NOUSDT"))
    put("time", 1, fetch("GET", "/v5/market/time"))
    for category in ("spot", "linear"):
        linear = category == "linear"
        of = dict(category=category, symbol="BTCUSDT")
        query = f"category={category}&symbol=BTCUSDT"
        put(f"instruments-{category}", 2,
            fetch("GET", f"/v5/market/instruments-info?{query}"), linear)
        put(f"candles-{category}", 3,
            fetch("GET", f"/v5/market/kline?{query}&interval=1&limit=4"), linear)
        put(f"ticker-{category}", 4, fetch("GET", f"/v5/market/tickers?{query}"), linear)
        put(f"acknowledgement-{category}", 9,
            bybit("POST", "/v5/order/create", side="Buy", orderType="Market", qty="0.01",
                  marketUnit="baseCoin", orderLinkId="e" + category, **of), linear)
        bybit("POST", "/v5/order/create", side="Sell", orderType="Market", qty="0.01",
              triggerPrice="20000", triggerDirection=2, orderLinkId="s" + category,
              orderFilter="StopOrder", **of)
        put(f"orders-{category}", 7, bybit("GET", "/v5/order/realtime", **of), linear)
        put(f"history-{category}", 7, bybit("GET", "/v5/order/history", **of), linear)
        put(f"executions-{category}", 8, bybit("GET", "/v5/execution/list", **of), linear)
    put("balances", 5, bybit("GET", "/v5/account/wallet-balance", accountType="UNIFIED"))
    positions = bybit("GET", "/v5/position/list", category="linear", settleCoin="USDT")
    put("positions", 6, positions, True)
    put("key", 10, bybit("GET", "/v5/user/query-api"))
    put("settings", 11, bybit("GET", "/v5/account/info"))
    put("position-mode", 12, positions, True)
    put("reasons", 13, b'{"retCode":3400045,"result":{"reasons":[{"reasonCode":"3400000",'
                       b'"reasonMsg":"the equity is too low"}]}}')
    put("funding", 14, b'{"retCode":0,"retMsg":"OK","result":{"list":[{"id":"1",'
                       b'"symbol":"BTCUSDT","transactionTime":"1709280000000",'
                       b'"type":"SETTLEMENT","currency":"USDT","funding":"-0.02"}],'
                       b'"nextPageCursor":""},"time":1709280000001}', True)
    put("funding-times", 15, b'{"retCode":0,"retMsg":"OK","result":{"list":['
                             b'{"symbol":"BTCUSDT","lastPrice":"59123.3","fundingRate":"0.0001",'
                             b'"nextFundingTime":"1709280000000"},'
                             b'{"symbol":"BTC-29MAR24","nextFundingTime":"0"}]},'
                             b'"time":1709251202940}', True)


def seed_binance():
    def put(name, number, reply, linear=False):
        seed("binance_replies", name, ord("a" if linear else "A") + number, reply)

    of = dict(symbol="BTCUSDT")
    put("refusal", 0, binance("POST", "/api/v3/order", symbol="NOUSDT"))
    put("time", 2, fetch("GET", "/api/v3/time"))
    for api, linear in (("/api/v3", False), ("/fapi/v1", True)):
        name = "usdm" if linear else "spot"
        put(f"instruments-{name}", 3, fetch("GET", f"{api}/exchangeInfo"), linear)
        put(f"candles-{name}", 4,
            fetch("GET", f"{api}/klines?symbol=BTCUSDT&interval=1m&limit=4"), linear)
        put(f"ticker-{name}", 5, fetch("GET", f"{api}/ticker/24hr?symbol=BTCUSDT"), linear)
        put(f"placed-{name}", 12,
            binance("POST", f"{api}/order", side="BUY", type="MARKET", quantity="0.01",
                    newClientOrderId="entry", newOrderRespType="RESULT", **of), linear)
        binance("POST", f"{api}/order", side="BUY", type="LIMIT", timeInForce="GTC", price="30000",
                quantity="0.01", newClientOrderId="far", **of)
        put(f"orders-{name}", 13, binance("GET", f"{api}/openOrders", **of), linear)
        trades = "myTrades" if not linear else "userTrades"
        put(f"executions-{name}", 15, binance("GET", f"{api}/{trades}", **of), linear)
    put("list", 14, binance("POST", "/api/v3/orderList/oco", side="SELL", quantity="0.01",
                            aboveType="TAKE_PROFIT", aboveStopPrice="90000",
                            aboveClientOrderId="up",
                            belowType="STOP_LOSS", belowStopPrice="20000",
                            belowClientOrderId="down", **of))
    put("spot-account", 6, binance("GET", "/api/v3/account"))
    put("spot-facts", 9, binance("GET", "/api/v3/account"))
    put("usdm-balances", 7, binance("GET", "/fapi/v3/balance"), True)
    put("positions", 8, binance("GET", "/fapi/v3/positionRisk"), True)
    put("key", 10, b'{"ipRestrict":false,"createTime":1,"enableReading":true,'
                   b'"enableWithdrawals":false,"enableSpotAndMarginTrading":true}')
    put("usdm-facts", 11, binance("GET", "/fapi/v1/accountConfig"), True)
    put("ban", 19, b"Way too much request weight used; IP banned until 1573742407123. Please use "
                   b"WebSocket Streams.")
    put("funding", 20, b'[{"symbol":"BTCUSDT","incomeType":"FUNDING_FEE","income":"-0.02000000",'
                       b'"asset":"USDT","time":1709280000000,"tranId":1,"tradeId":""}]', True)
    put("funding-times", 21, b'[{"symbol":"BTCUSDT","markPrice":"59123.3",'
                             b'"lastFundingRate":"0.00010000","nextFundingTime":1709280000000,'
                             b'"time":1709251202940}]', True)
    put("acknowledgement", 1, b'{"code":200,"msg":"success"}')
    algo = dict(algoType="CONDITIONAL", side="SELL", type="STOP_MARKET", quantity="0.01",
                triggerPrice="20000", reduceOnly="true", clientAlgoId="stop", **of)
    put("algo", 16, binance("POST", "/fapi/v1/algoOrder", **algo), True)
    put("algos", 17, binance("GET", "/fapi/v1/openAlgoOrders", **of), True)
    put("algo-cancelled", 18,
        binance("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop", **of), True)


def seed_paper():
    def put(name, number, reply):
        seed("paper_replies", name, ord("A") + number, json.dumps(reply).encode())

    report = {"client_id": "e1", "order_id": "7", "symbol": "BTC/USDT", "status": "FILLED",
              "quantity": "0.5", "filled": "0.5", "message": "", "updated_at": 1704067200000,
              "fills": [{"id": "x1", "side": "BUY", "price": "42283.58", "quantity": "0.5",
                         "fee": "0.0211", "at": 1704067200000}]}
    put("order", 0, {"client_id": "e1", "symbol": "BTC/USDT", "side": "BUY", "type": "LIMIT",
                     "quantity": "0.5", "limit": "42000", "group": "e1",
                     "stop_loss": {"client_id": "e1s", "trigger": "41000"},
                     "take_profit": {"client_id": "e1t", "trigger": "45000"}})
    put("report", 1, report)
    put("found", 2, {"order": report})
    put("updates", 3, {"next_cursor": "1786999", "reports": [report]})
    put("instruments", 4, {"instruments": [
        {"symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "market": "spot", "tick": "0.01",
         "lot": "0.00001", "min_quantity": "0.00001", "max_quantity": "0", "min_notional": "5"}]})
    put("candles", 5, {"candles": [[1704067200000, "42283.58", "42298.62", "42261.02", "42298.61",
                                    "35.92724"]]})
    put("balances", 6, {"balances": [{"asset": "USDT", "free": "100", "locked": "1.5"}]})
    put("ledger", 7, {"orders": {"e1": {"arrived": 2, "accepted": 1, "duplicates": 1,
                                        "rejected": 0}}})
    put("error", 8, {"error": {"code": "rejected", "message": "no", "place": "", "fix": ""}})


def seed_csv():
    text = ("open_time_ms,open,high,low,close,volume\n"
            "1704067200000,42283.58,42298.62,42261.02,42298.61,35.92724\n"
            "1704067260000,42298.62,42320,42298.61,42320,21.16779\n")
    seed("candle_csv", "plain", None, text.encode())
    seed("candle_csv", "twice", None, (text + text.splitlines()[2]).encode())


# Shapes that people send (tests/engine/webhook/alert_test.cpp says what each means).
ALERTS = {
    "plain": ("A", '{"action":"buy","ticker":"BTCUSDT","secret":"s3"}'),
    "numbers": ("A", '{"side":"SELL","symbol":"BTC/USDT","qty":0.010,"price":"6.0E4"}'),
    "placeholders": ("A", '{"action":"{{strategy.order.action}}","ticker":"BTCUSDT"}'),
    "strategy": ("A", '{"strategy":{"order_action":"sell","order_contracts":"1",'
                      '"market_position":"flat","position_size":"0"},'
                      '"ticker":"BINANCE:ETHUSDT.P"}'),
    "times": ("A", '{"action":"exit-long","timenow":"2024-05-01T12:00:00Z","interval":"240",'
                   '"id":"a-1","bot":"b","comment":"n\\u00e9"}'),
    "execute-at": ("A", '{"action":"buy","execute_at":"2024-05-01T12:00:00Z"}'),
    "delay": ("A", '{"action":"buy","delay":"15m","timestamp":1714564800}'),
    "both": ("A", '{"action":"buy","delay":5,"execute_at":1714564800000}'),
    "nested": ("A", '{"a":{"b":{"c":{"action":"buy"}}},"list":[1,[2,{"qty":3}],null,true]}'),
    "escapes": ("A", '{"action":"buy","note":"\\ud83d\\ude00\\n\\"\\\\/"}'),
    "twice": ("A", '{"action":"buy","action":"sell"}'),
    "array": ("A", '["action","buy"]'),
    "pairs": ("A", "SYMBOL=BTCUSDT;SIGNAL=BUY;QTY=0.01;SECRET=s3;DELAY=90s"),
    "lines": ("A", "action: close\nsymbol: BTC-USDT\nprice: 60000"),
    "query": ("A", "action=buy&ticker=BTCUSDT&passphrase=pw"),
    "words": ("A", "BUY BTCUSDT 0.01 @ 60000"),
    "sentence": ("A", "X: order buy @ 0.01 filled on BTCUSDT. New strategy position is 0.01"),
    "mapped": ("B", '{"a":"long","data":{"what":"BTCUSDT","0":"1","t":1714564800000},"n":"2",'
                    '"auth":{"key":"s3"},"0":"id"}'),
    "mapped-words": ("B", "sell ETHUSDT 2"),
    "json": ("C", ' {"a":[1,-2.5e-3,"x",{"b":null}],"c":true,"d":1e999} '),
    "json-cut": ("C", '{"a":[1,{"b":"\\u12'),
}


def seed_alerts():
    for name, (how, body) in ALERTS.items():
        seed("alert_bodies", name, ord(how), body.encode())


seed_bybit()
seed_binance()
seed_paper()
seed_csv()
seed_alerts()
