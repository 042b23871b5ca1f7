// Which prices are in sight: {minValue, maxValue} of the candles shown, and the levels of orders as
// far as the candles keep a third of the height. A stop far away would press them flat.
const kMost = 3;

export function rangeWith(range, levels) {
  if (!range) return range;
  const {minValue, maxValue} = range;
  const most = (maxValue - minValue) * kMost;
  const distance = (level) => Math.max(minValue - level, level - maxValue, 0);
  let [low, high] = [minValue, maxValue];
  for (const level of [...levels].sort((a, b) => distance(a) - distance(b))) {
    const [lower, higher] = [Math.min(low, level), Math.max(high, level)];
    if (higher - lower <= most) [low, high] = [lower, higher];
  }
  return {minValue: low, maxValue: high};
}
