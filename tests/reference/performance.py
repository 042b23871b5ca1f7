#!/usr/bin/env python3
"""Prints the golden numbers of engine/statistics: python3 tests/reference/performance.py > \
tests/reference/performance.golden

Written from the definitions and sources named in engine/statistics, without a look at the C++, with
Python's own statistics module where it has the function. Standard library only; tests read the
printed file and never run this.

Lines: `curve v v v ...` (one value a day), then `<name> <value>`; `-` is "no value".
"""
import math
from fractions import Fraction
from statistics import NormalDist, fmean, stdev

NORMAL = NormalDist()


def walk(seed, days, drift):
    state, value, values = seed, 10_000.0, []
    for _ in range(days):
        values.append(round(value, 2))
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        value *= 1 + ((state >> 33) / 2**31 - 0.5) * 0.04 + drift
    return values


def sample_moment(numbers, power):
    middle = sum(map(Fraction, numbers)) / len(numbers)
    return float(sum((Fraction(x) - middle) ** power for x in numbers) / len(numbers))


def longest_fall(values):
    """For each height, how many values pass until it is reached again; the most of them."""
    longest = 0
    for i, height in enumerate(values):
        if height < max(values[:i + 1]):
            continue
        rest = values[i + 1:]
        back = next((k for k, v in enumerate(rest) if v >= height), None)
        if back is None:
            longest = max(longest, len(rest))
        elif back > 0:
            longest = max(longest, back + 1)
    return longest


def psr(sharpe, n, skew, kurtosis, benchmark):
    spread = 1 - skew * sharpe + (kurtosis - 1) / 4 * sharpe**2
    return NORMAL.cdf((sharpe - benchmark) * math.sqrt(n - 1) / math.sqrt(spread))


def expected_best(trials, variance):
    g = 0.5772156649015328606
    return math.sqrt(variance) * ((1 - g) * NORMAL.inv_cdf(1 - 1 / trials)
                                  + g * NORMAL.inv_cdf(1 - 1 / (trials * math.e)))


def of_curve(values):
    returns = [b / a - 1 for a, b in zip(values, values[1:])]
    falls = [max(values[:i + 1]) - v for i, v in enumerate(values)]
    ratios = [1 - v / max(values[:i + 1]) for i, v in enumerate(values)]
    sharpe = fmean(returns) / stdev(returns)
    growth = math.exp(math.log(values[-1] / values[0]) * 365 / (len(values) - 1)) - 1
    negative = math.sqrt(fmean(min(0.0, r) ** 2 for r in returns))
    skew = sample_moment(returns, 3) / sample_moment(returns, 2) ** 1.5
    kurtosis = sample_moment(returns, 4) / sample_moment(returns, 2) ** 2
    return {
        "mean": fmean(returns), "deviation": stdev(returns), "skewness": skew,
        "kurtosis": kurtosis, "sharpe": sharpe * math.sqrt(365),
        "sortino": fmean(returns) / negative * math.sqrt(365) if negative else None,
        "growth": growth, "deepest": max(falls), "deepest_ratio": max(ratios),
        "longest": longest_fall(values), "calmar": growth / max(ratios) if max(ratios) else None,
        "psr_0": psr(sharpe, len(returns), skew, kurtosis, 0.0),
        "psr_0.05": psr(sharpe, len(returns), skew, kurtosis, 0.05),
    }


def shown(value):
    return "-" if value is None else repr(value)


def main():
    for seed, days, drift in ((1, 200, 0.001), (2, 60, -0.002), (3, 365, 0.0), (4, 3, 0.03)):
        values = walk(seed, days, drift)
        print("curve", *map(repr, values))
        for name, value in of_curve(values).items():
            print(name, shown(value))
    print("constants")
    for probability in (1e-9, 0.001, 0.025, 0.5, 0.8413447460685429, 0.99, 0.9999999):
        print(f"quantile_{probability!r}", repr(NORMAL.inv_cdf(probability)))
    for value in (-8.0, -1.0, 0.0, 0.3, 2.5):
        print(f"cdf_{value!r}", repr(NORMAL.cdf(value)))
    for trials in (2, 10, 100, 5000):
        print(f"best_{trials}", repr(expected_best(trials, 0.25)))


if __name__ == "__main__":
    main()
