// How long things take: the engine's histograms, which count since its start, as they were read one
// after the other. What lies between two readings says how it is now.

export const kLatencies = [
  {name: 'botbox_check_duration_seconds', label: 'Evaluation', color: 'accent',
   what: 'from a check handed out to its decision on the disk'},
  {name: 'botbox_signal_to_order_seconds', label: 'Signal to order', color: 'series-1',
   what: 'from a decision to its order about to leave'},
  {name: 'botbox_commit_duration_seconds', label: 'Commit', color: 'series-2',
   what: 'one batch written and synced'},
];

const kLine = /^(\w+)_bucket\{le="([^"]+)"\} (\S+)$/gm;

// {name: [[upper bound in ms, count up to it]...]}, of Prometheus' text.
export function histogramsOf(text) {
  const wanted = new Map(kLatencies.map(({name}) => [name, []]));
  for (const [, name, bound, count] of text.matchAll(kLine)) {
    wanted.get(name)?.push([bound === '+Inf' ? Infinity : Number(bound) * 1000, Number(count)]);
  }
  return Object.fromEntries(wanted);
}

export const countOf = (buckets) => (buckets.length ? buckets[buckets.length - 1][1] : 0);

// What came between two readings. An engine that was started anew counts from nothing.
export function between(older, newer) {
  if (!older || countOf(older) > countOf(newer) || older.length !== newer.length) return newer;
  return newer.map(([bound, count], i) => [bound, Math.max(0, count - older[i][1])]);
}

// In ms, evenly spread within a bucket; null of none. Beyond the last bound it is that bound.
export function quantileOf(buckets, part) {
  const total = countOf(buckets);
  if (!total) return null;
  const rank = total * part;
  let below = 0;
  let lower = 0;
  for (const [bound, count] of buckets) {
    if (count >= rank && count > below) {
      if (bound === Infinity) return lower;
      return lower + (bound - lower) * ((rank - below) / (count - below));
    }
    below = count;
    if (bound !== Infinity) lower = bound;
  }
  return lower;
}
