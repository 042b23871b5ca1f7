// Text of times, money, quantities and names. Amounts arrive as decimal text and are rounded as
// text: a double would change the last digits.
import {zone} from './preferences.js';

const kLatestMs = 8.64e15;  // what a Date can hold

// Integer milliseconds or ISO text; null for what is absent, and for the engine's "never".
export function toMs(value) {
  if (value === null || value === undefined || value === '') return null;
  const ms = typeof value === 'number' ? value
      : /^\d+$/.test(value) ? Number(value) : Date.parse(value);
  return ms > 0 && ms < kLatestMs ? ms : null;
}

const pad = (n, width = 2) => String(n).padStart(width, '0');

function fieldsOf(ms) {
  const d = new Date(ms);
  if (zone.value === 'utc') {
    return [d.getUTCFullYear(), d.getUTCMonth() + 1, d.getUTCDate(), d.getUTCHours(),
            d.getUTCMinutes(), d.getUTCSeconds(), d.getUTCMilliseconds()];
  }
  return [d.getFullYear(), d.getMonth() + 1, d.getDate(), d.getHours(), d.getMinutes(),
          d.getSeconds(), d.getMilliseconds()];
}

export function clockText(value, withMs = false) {
  const ms = toMs(value);
  if (ms === null) return '–';
  const [, , , h, m, s, milli] = fieldsOf(ms);
  return `${pad(h)}:${pad(m)}:${pad(s)}${withMs ? `.${pad(milli, 3)}` : ''}`;
}

export function dateText(value) {
  const ms = toMs(value);
  if (ms === null) return '–';
  const [y, mo, d] = fieldsOf(ms);
  return `${y}-${pad(mo)}-${pad(d)}`;
}

export function dayText(value) {
  const ms = toMs(value);
  if (ms === null) return '–';
  const [, mo, d] = fieldsOf(ms);
  return `${pad(mo)}-${pad(d)}`;
}

export const fullTime = (value) =>
    toMs(value) === null ? '–' : `${dateText(value)} ${clockText(value, true)}`;

// Today's times as a clock, others with their date.
export function shortTime(value) {
  if (toMs(value) === null) return '–';
  const today = dateText(value) === dateText(Date.now());
  return today ? clockText(value) : `${dayText(value)} ${clockText(value).slice(0, 5)}`;
}

// Both zones, for titles: what one of them says is never in doubt.
export function bothTimes(value) {
  const ms = toMs(value);
  if (ms === null) return '';
  const iso = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  return `${iso} UTC\n${new Date(ms).toLocaleString()} local`;
}

// 90 s as "1 min 30 s", two minutes as "2 min".
function inUnits(ms, [name, length], [smaller, part]) {
  const rest = Math.floor((ms % length) / part);
  return `${Math.floor(ms / length)} ${name}${rest ? ` ${rest} ${smaller}` : ''}`;
}

const kSecond = ['s', 1000];
const kMinute = ['min', 60e3];
const kHour = ['h', 3600e3];
const kDay = ['d', 86400e3];

export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  const abs = Math.abs(ms);
  if (abs < 10 && !Number.isInteger(ms)) return `${ms.toFixed(1)} ms`;
  if (abs < 1000) return `${Math.round(ms)} ms`;
  if (abs < 10e3) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  if (abs < 60e3) return `${Math.floor(ms / 1000)} s`;
  if (abs < 3600e3) return inUnits(ms, kMinute, kSecond);
  return abs < 86400e3 ? inUnits(ms, kHour, kMinute) : inUnits(ms, kDay, kHour);
}

export function relative(value, now) {
  const ms = toMs(value);
  if (ms === null) return '–';
  const delta = ms - now;
  const whole = Math.floor(Math.abs(delta) / 1000);
  if (whole === 0) return 'now';
  const text = whole < 60 ? `${whole} s` : duration(whole * 1000);
  return delta > 0 ? `in ${text}` : `${text} ago`;
}

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ',');

// Decimal text, half away from zero to so many digits; null keeps all of them.
export function decimal(value, digits = null) {
  if (value === null || value === undefined || value === '') return '–';
  const text = typeof value === 'number' ? plainNumber(value) : String(value);
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) return text;
  let [, sign, whole, part = ''] = match;
  if (digits !== null) {
    const scaled = BigInt(whole + part.padEnd(digits, '0').slice(0, digits));
    const up = part.length > digits && part[digits] >= '5' ? 1n : 0n;
    const rounded = (scaled + up).toString().padStart(digits + 1, '0');
    whole = digits ? rounded.slice(0, -digits) : rounded;
    part = digits ? rounded.slice(-digits) : '';
  } else {
    part = part.replace(/0+$/, '');
  }
  const zero = /^0*$/.test(whole + part);
  const minus = sign === '-' && !zero ? '\u2212' : '';
  return minus + grouped(whole.replace(/^0+(?=\d)/, '')) + (part ? `.${part}` : '');
}

function plainNumber(value) {
  if (!Number.isFinite(value)) return String(value);
  const text = String(value);
  return text.includes('e') ? value.toFixed(12) : text;
}

// Zeros between the point and the first digit that says something.
function zerosBehindPoint(value) {
  const text = typeof value === 'number' ? plainNumber(value) : String(value ?? '');
  return /^[+-]?0*\.(0*)[1-9]/.exec(text)?.[1].length ?? 0;
}

// Cents; of what is less than one, two digits more than the zeros: never 0.00 for what is not zero.
function centsOf(value) {
  const zeros = zerosBehindPoint(value);
  return zeros < 2 ? 2 : zeros + 2;
}

export const money = (value) => decimal(value, centsOf(value));

// A number to compare with another one: four decimals, or more of a price such as 0.00001234.
export function figure(value) {
  const zeros = zerosBehindPoint(value);
  return decimal(value, zeros < 2 ? 4 : zeros + 4);
}

// Profit wears its sign.
export function signed(value, digits = centsOf(value)) {
  const text = decimal(value, digits);
  return Number(value) > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

export function toneOf(value) {
  const n = Number(value);
  return n > 0 ? 'gain' : n < 0 ? 'loss' : '';
}

export function percent(part, digits = 1) {
  return part === null || part === undefined || !Number.isFinite(Number(part))
      ? '–' : `${(Number(part) * 100).toFixed(digits)}%`;
}

export const count = (value) =>
    value === null || value === undefined ? '–' : decimal(String(Math.round(Number(value))));

// ACTIVE -> Active, DUPLICATE_POSITION -> Duplicate position
export function words(name) {
  if (!name) return '–';
  const text = String(name).replace(/[_.]/g, ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// An event's detail is a sentence, or the JSON of what an operator asked for.
export function detailText(detail) {
  if (!detail?.startsWith('{')) return detail;
  try {
    return Object.entries(JSON.parse(detail))
        .filter(([name, value]) => name !== 'bot' && value !== '' && value !== null)
        .map(([name, value]) => `${name}: ${value}`).join(' · ');
  } catch {
    return detail;
  }
}
