#!/usr/bin/env python3
"""Prints the golden table of indicators: python3 tests/reference/indicators.py > \
tests/reference/indicators.golden

Written from the definitions (TA-Lib's sources and documentation, and the authors named in
engine/strategy/indicators.md), list in, list out, without a look at the C++: each value is computed
from the whole history. Standard library only; tests read the printed file and never run this.

Lines: `bar open_time_ms open high low close volume`, then for each indicator `indicator <spec>` and
one line per bar with its outputs; `-` is "no value".
"""
import math

HALF_HOUR = 1_800_000
START = 1_704_139_200_000  # 2024-01-01T20:00:00Z


def make_bars():
    """A walk with a flat stretch without volume, a hole in time, a jump, and silent candles."""
    state = 20240101
    def chance():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) / 2**31
    bars, price, time = [], 100.0, START
    for i in range(150):
        if 40 <= i < 52:
            bars.append((time, price, price, price, price, 0.0))
        else:
            jump = 7.25 if i == 70 else (-9.5 if i == 110 else 0.0)
            open_ = round(price + jump + chance() * 0.4 - 0.2, 2)
            close = round(open_ + chance() * 3 - 1.5, 2)
            high = round(max(open_, close) + chance() * 0.8, 2)
            low = round(min(open_, close) - chance() * 0.8, 2)
            if i == 20:  # a hammer
                high, low = max(open_, close), round(min(open_, close) - 5, 2)
            volume = 0.0 if 90 <= i < 97 else round(chance() * 50, 3)
            bars.append((time, open_, high, low, close, volume))
            price = close
        time += HALF_HOUR * (4 if i == 69 else 1)
    return bars


BARS = make_bars()
N = len(BARS)
TIME, OPEN, HIGH, LOW, CLOSE, VOLUME = (list(column) for column in zip(*BARS))
TYPICAL = [(h + l + c) / 3 for h, l, c in zip(HIGH, LOW, CLOSE)]


def mean(numbers):
    return math.fsum(numbers) / len(numbers)


def windows(series, n):
    """The last n numbers at each index; None while there are fewer, or one of them is None."""
    for i in range(len(series)):
        window = series[max(0, i - n + 1):i + 1]
        yield window if len(window) == n and None not in window else None


def over(series, n, function):
    return [None if w is None else function(w) for w in windows(series, n)]


def sma(series, n):
    return over(series, n, mean)


def smoothed(series, n, weight):
    """Seeded with the mean of the first n numbers that are there."""
    out, held, average = [], [], None
    for x in series:
        if x is None:
            out.append(None)
        elif average is None:
            held.append(x)
            average = mean(held) if len(held) == n else None
            out.append(average)
        else:
            average = x * weight + average * (1 - weight)
            out.append(average)
    return out


def ema(series, n):
    return smoothed(series, n, 2 / (n + 1))


def wilder(series, n):
    return smoothed(series, n, 1 / n)


def combine(function, *series):
    return [None if None in xs else function(*xs) for xs in zip(*series)]


def wma(series, n):
    weights = n * (n + 1) / 2
    return over(series, n, lambda w: math.fsum((i + 1) * x for i, x in enumerate(w)) / weights)


def dema(series, n):
    once = ema(series, n)
    return combine(lambda a, b: 2 * a - b, once, ema(once, n))


def tema(series, n):
    once = ema(series, n)
    twice = ema(once, n)
    return combine(lambda a, b, c: 3 * a - 3 * b + c, once, twice, ema(twice, n))


def hma(series, n):
    return wma(combine(lambda a, b: 2 * a - b, wma(series, n // 2), wma(series, n)), math.isqrt(n))


def slope(series, n):
    def fit(w):
        xs = range(n)
        mx, my = mean(list(xs)), mean(w)
        spread = math.fsum((x - mx) ** 2 for x in xs)
        return math.fsum((x - mx) * (y - my) for x, y in zip(xs, w)) / spread
    return over(series, n, fit)


def deviation(series, n):
    return over(series, n, lambda w: 0.0 if min(w) == max(w)
                else math.sqrt(math.fsum((x - mean(w)) ** 2 for x in w) / n))


def changes(series):
    return [None] + [b - a for a, b in zip(series, series[1:])]


def rsi_numbers(series, n):
    """TA-Lib's numbers: 0 where nothing has moved."""
    gains = wilder([None if d is None else max(d, 0) for d in changes(series)], n)
    losses = wilder([None if d is None else max(-d, 0) for d in changes(series)], n)
    out = combine(lambda g, l: 100 * g / (g + l) if g + l > 0 else 0.0, gains, losses)
    for i in range(1, len(out)):
        if series[i] == series[i - 1] and out[i - 1] is not None:
            out[i] = out[i - 1]  # the same ratio, without the rounding of computing it anew
    return out


def macd(series, fast, slow, signal):
    slow_line = ema(series, slow)
    fast_line, average = [None] * N, None
    for i in range(slow - 1, N):
        average = mean(series[i - fast + 1:i + 1]) if average is None \
            else average + (series[i] - average) * 2 / (fast + 1)
        fast_line[i] = average
    line = combine(lambda a, b: a - b, fast_line, slow_line)
    signal_line = ema(line, signal)
    return [(None, None, None) if s is None else (m, s, m - s) for m, s in zip(line, signal_line)]


def raw_stochastic(high, low, number, n):
    tops, bottoms = over(high, n, max), over(low, n, min)
    out = []
    for top, bottom, x in zip(tops, bottoms, number):
        if top is None:
            out.append(None)
        else:
            out.append(100 * (x - bottom) / (top - bottom) if top > bottom else math.nan)
    return out


def stochastic(high, low, number, n, smoothing, d):
    """nan: no position in a candle without a range, nor in any mean over it."""
    k = sma(raw_stochastic(high, low, number, n), smoothing)
    signal = sma(k, d)
    return [(None, None) if s is None else (a, s) for a, s in zip(k, signal)]


def true_ranges():
    return [None] + [max(HIGH[i], CLOSE[i - 1]) - min(LOW[i], CLOSE[i - 1]) for i in range(1, N)]


def adx(n):
    plus, minus = [None], [None]
    for i in range(1, N):
        up, down = HIGH[i] - HIGH[i - 1], LOW[i - 1] - LOW[i]
        plus.append(up if up > 0 and up > down else 0.0)
        minus.append(down if down > 0 and down > up else 0.0)
    def wilder_sums(series):
        out, total = [None] * N, 0.0
        for i in range(1, N):
            total = total + series[i] if i < n else total - total / n + series[i]
            out[i] = total if i >= n else None
        return out
    p, m, t = wilder_sums(plus), wilder_sums(minus), wilder_sums(true_ranges())
    rows, seed, average = [], [], None
    for i in range(N):
        if p[i] is None:
            rows.append((None,) * 3)
            continue
        pdi = 100 * p[i] / t[i] if t[i] > 0 else 0.0
        mdi = 100 * m[i] / t[i] if t[i] > 0 else 0.0
        dx = 100 * abs(pdi - mdi) / (pdi + mdi) if pdi + mdi > 0 else None
        if average is None:
            seed.append(dx or 0.0)
            average = mean(seed) if len(seed) == n else None
        elif dx is not None:
            average = (average * (n - 1) + dx) / n
        rows.append((None,) * 3 if average is None else (average, pdi, mdi))
    return rows


def cci(n):
    def index(w):
        center = mean(w)
        spread = mean([abs(x - center) for x in w])
        return (w[-1] - center) / (0.015 * spread) if min(w) != max(w) else None
    return over(TYPICAL, n, index)


def mfi(n):
    up, down = [None], [None]
    for i in range(1, N):
        flow = TYPICAL[i] * VOLUME[i]
        up.append(flow if TYPICAL[i] > TYPICAL[i - 1] else 0.0)
        down.append(flow if TYPICAL[i] < TYPICAL[i - 1] else 0.0)
    return combine(lambda u, d: 100 * u / (u + d) if u + d > 0 else math.nan,
                   over(up, n, math.fsum), over(down, n, math.fsum))


def obv():
    total, out = VOLUME[0], [VOLUME[0]]
    for i in range(1, N):
        side = (CLOSE[i] > CLOSE[i - 1]) - (CLOSE[i] < CLOSE[i - 1])
        total += side * VOLUME[i]
        out.append(total)
    return out


def day(i):
    return TIME[i] // 86_400_000


def vwap():
    out = []
    for i in range(N):
        session = [j for j in range(i + 1) if day(j) == day(i)]
        began = session[0] > 0 or TIME[0] % 86_400_000 == 0
        volume = math.fsum(VOLUME[j] for j in session)
        out.append(math.fsum(TYPICAL[j] * VOLUME[j] for j in session) / volume
                   if began and volume > 0 else None)
    return out


def pivots():
    rows = []
    for i in range(N):
        before = [j for j in range(i) if day(j) != day(i)]
        last = [j for j in before if day(j) == day(before[-1])] if before else []
        if not last or (last[0] == 0 and TIME[0] % 86_400_000 != 0):
            rows.append((None,) * 7)
            continue
        h, l, c = max(HIGH[j] for j in last), min(LOW[j] for j in last), CLOSE[last[-1]]
        p = (h + l + c) / 3
        rows.append((p, 2 * p - l, p + (h - l), h + 2 * (p - l), 2 * p - h, p - (h - l),
                     l - 2 * (h - p)))
    return rows


def middles(n):
    return combine(lambda a, b: (a + b) / 2, over(HIGH, n, max), over(LOW, n, min))


def ichimoku(fast, base, slow):
    conversion, middle, lead_b = middles(fast), middles(base), middles(slow)
    lead_a = combine(lambda a, b: (a + b) / 2, conversion, middle)
    rows = []
    for i in range(N):
        j = i - (base - 1)
        span_a, span_b = (lead_a[j], lead_b[j]) if j >= 0 else (None, None)
        row = (conversion[i], middle[i], span_a, span_b, lead_a[i], lead_b[i])
        rows.append((None,) * 6 if None in row else row)
    return rows


def keltner(n, atr, factor):
    return [(None,) * 3 if None in (m, r) else (m + factor * r, m, m - factor * r)
            for m, r in zip(ema(CLOSE, n), wilder(true_ranges(), atr))]


def supertrend(n, factor):
    """TradingView's reference implementation of ta.supertrend."""
    rows, up, low, line, was_upper = [], None, None, None, True
    for i, atr in enumerate(wilder(true_ranges(), n)):
        if atr is None:
            rows.append((None, None))
            continue
        middle = (HIGH[i] + LOW[i]) / 2
        upper, lower = middle + factor * atr, middle - factor * atr
        if up is None:
            falling = True
        else:
            lower = lower if lower > low or CLOSE[i - 1] < low else low
            upper = upper if upper < up or CLOSE[i - 1] > up else up
            falling = not CLOSE[i] > upper if was_upper else CLOSE[i] < lower
        up, low, was_upper = upper, lower, falling
        rows.append((upper, -1.0) if falling else (lower, 1.0))
    return rows


def psar(step, most):
    """TA-Lib's TA_SAR, both sides written out."""
    rows = [(None, None)]
    up, down = HIGH[1] - HIGH[0], LOW[0] - LOW[1]
    long = not (down > 0 and up < down)
    ep, sar = (HIGH[1], LOW[0]) if long else (LOW[1], HIGH[0])
    af, new_low, new_high = step, LOW[1], HIGH[1]
    for i in range(1, N):
        prev_low, prev_high, new_low, new_high = new_low, new_high, LOW[i], HIGH[i]
        if long:
            if new_low <= sar:
                long, sar = False, max(ep, prev_high, new_high)
                rows.append((sar, -1.0))
                af, ep = step, new_low
                sar = max(sar + af * (ep - sar), prev_high, new_high)
            else:
                rows.append((sar, 1.0))
                if new_high > ep:
                    ep, af = new_high, min(af + step, most)
                sar = min(sar + af * (ep - sar), prev_low, new_low)
        elif new_high >= sar:
            long, sar = True, min(ep, prev_low, new_low)
            rows.append((sar, 1.0))
            af, ep = step, new_high
            sar = min(sar + af * (ep - sar), prev_low, new_low)
        else:
            rows.append((sar, -1.0))
            if new_low < ep:
                ep, af = new_low, min(af + step, most)
            sar = max(sar + af * (ep - sar), prev_high, new_high)
    return rows


def bollinger(n, k):
    rows = []
    for x, m, d in zip(CLOSE, sma(CLOSE, n), deviation(CLOSE, n)):
        if m is None:
            rows.append((None,) * 5)
            continue
        upper, lower = m + k * d, m - k * d
        rows.append((upper, m, lower, (x - lower) / (upper - lower) if d > 0 else None,
                     (upper - lower) / m))
    return rows


def donchian(n):
    return [(None,) * 3 if top is None else (top, (top + bottom) / 2, bottom)
            for top, bottom in zip(over(HIGH, n, max), over(LOW, n, min))]


def williams_r(n):
    def position(top, bottom, close):
        return -100 * (top - close) / (top - bottom) if top > bottom else math.nan
    return combine(position, over(HIGH, n, max), over(LOW, n, min), CLOSE)


def back(series, n):
    return [None] * n + series[:-n]


def doji(share):
    return [None if h == l else float(abs(c - o) <= share * (h - l))
            for o, h, l, c in zip(OPEN, HIGH, LOW, CLOSE)]


def engulfing():
    rows = [(None, None)]
    for i in range(1, N):
        o, c, po, pc = OPEN[i], CLOSE[i], OPEN[i - 1], CLOSE[i - 1]
        larger = abs(c - o) > abs(pc - po)
        rows.append((float(c > o and pc < po and o <= pc and c >= po and larger),
                     float(c < o and pc > po and o >= pc and c <= po and larger)))
    return rows


def hammer(bodies):
    out = []
    for o, h, l, c in zip(OPEN, HIGH, LOW, CLOSE):
        body, under, above = abs(c - o), min(o, c) - l, h - max(o, c)
        out.append(None if h == l else
                   float(body > 0 and under >= bodies * body and above <= 0.1 * (h - l)))
    return out


def regime(n, window):
    """(trending, ranging, volatile, quiet, percentile of NATR, slope over 2n in ATRs)."""
    atr = wilder(true_ranges(), n)
    strength, lines, out = adx(n), slope(CLOSE, 2 * n), []
    wild = trend = calm = False
    for i in range(N):
        natrs = [100 * atr[j] / CLOSE[j] for j in range(max(0, i - window + 1), i + 1)
                 if atr[j] is not None]
        if len(natrs) < window or strength[i][0] is None or lines[i] is None:
            out.append((None,) * 6)
            continue
        rank = 100 * sum(x < natrs[-1] for x in natrs) / window
        moved = lines[i] * 2 * n / atr[i] if atr[i] > 0 else 0.0
        wild = rank >= (75 if wild else 90)
        trend = strength[i][0] >= (20 if trend else 25) and abs(moved) >= (0.75 if trend else 1.5)
        calm = rank <= (25 if calm else 10)
        kind = 2 if wild else 0 if trend else 3 if calm else 1
        out.append(tuple(float(k == kind) for k in range(4)) + (rank, moved))
    return out


TABLE = {
    "sma(20)": sma(CLOSE, 20),
    "sma(volume,5)": sma(VOLUME, 5),
    "ema(12)": ema(CLOSE, 12),
    "ema(hlc3,5)": ema(TYPICAL, 5),
    "wma(9)": wma(CLOSE, 9),
    "dema(8)": dema(CLOSE, 8),
    "tema(6)": tema(CLOSE, 6),
    "hma(16)": hma(CLOSE, 16),
    "hma(7)": hma(CLOSE, 7),
    "linreg_slope(14)": slope(CLOSE, 14),
    "stddev(10)": deviation(CLOSE, 10),
    "rsi(14)": rsi_numbers(CLOSE, 14),
    "macd(12,26,9)": macd(CLOSE, 12, 26, 9),
    "macd(3,7,4)": macd(CLOSE, 3, 7, 4),
    "stochastic(14,3,3)": stochastic(HIGH, LOW, CLOSE, 14, 3, 3),
    "stochastic(5,2,3)": stochastic(HIGH, LOW, CLOSE, 5, 2, 3),
    "stochrsi(14,14,3,3)": stochastic(*[rsi_numbers(CLOSE, 14)] * 3, 14, 3, 3),
    "stochrsi(5,4,1,3)": stochastic(*[rsi_numbers(CLOSE, 5)] * 3, 4, 1, 3),
    "bollinger(20,2)": bollinger(20, 2),
    "bollinger(5,1.5)": bollinger(5, 1.5),
    "atr(14)": wilder(true_ranges(), 14),
    "natr(7)": combine(lambda a, c: 100 * a / c, wilder(true_ranges(), 7), CLOSE),
    "adx(14)": adx(14),
    "adx(2)": adx(2),
    "cci(20)": cci(20),
    "cci(5)": cci(5),
    "mfi(14)": mfi(14),
    "mfi(4)": mfi(4),
    "obv()": obv(),
    "vwap()": vwap(),
    "donchian(20)": donchian(20),
    "donchian(3)": donchian(3),
    "keltner(20,10,2)": keltner(20, 10, 2),
    "keltner(5,9,1.5)": keltner(5, 9, 1.5),
    "supertrend(10,3)": supertrend(10, 3),
    "supertrend(3,1)": supertrend(3, 1),
    "psar(0.02,0.2)": psar(0.02, 0.2),
    "psar(0.1,0.15)": psar(0.1, 0.15),
    "williams_r(14)": williams_r(14),
    "williams_r(4)": williams_r(4),
    "roc(10)": combine(lambda a, b: 100 * (b / a - 1), back(CLOSE, 10), CLOSE),
    "momentum(10)": combine(lambda a, b: b - a, back(CLOSE, 10), CLOSE),
    "ichimoku(9,26,52)": ichimoku(9, 26, 52),
    "ichimoku(3,5,8)": ichimoku(3, 5, 8),
    "highest(20)": over(HIGH, 20, max),
    "highest(close,6)": over(CLOSE, 6, max),
    "lowest(20)": over(LOW, 20, min),
    "lowest(volume,6)": over(VOLUME, 6, min),
    "pivot_points()": pivots(),
    "doji(0.1)": doji(0.1),
    "engulfing()": engulfing(),
    "hammer(2)": hammer(2),
    "regime(14,100)": regime(14, 100),
    "regime(3,12)": regime(3, 12),
}


def shown(value):
    return "-" if value is None or math.isnan(value) else format(value, ".12g")


def main():
    for bar in BARS:
        print("bar", bar[0], *(format(x, ".12g") for x in bar[1:]))
    for spec, values in TABLE.items():
        assert len(values) == N, spec
        print("indicator", spec)
        for row in values:
            print(*(shown(x) for x in (row if isinstance(row, tuple) else (row,))))


if __name__ == "__main__":
    main()
