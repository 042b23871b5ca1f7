// One event of the log in a line.
import {html} from '../vendor/preact.js';
import {clockText, detailText, words} from '../format.js';
import {BotLink, Time} from './ui.js';

const kTones = [
  [/failed|quarantined|unprotected|unreachable|rejected_by|silent|damaged/, 'bad'],
  [/paused|unknown|alert|locked|difference|blocked|slow|dedup/, 'warn'],
  [/completed|opened|accepted|resumed|returned|resolved|back|normal/, 'good'],
];
// What a bot has become stands in the detail: "ACTIVE -> PAUSED: asked for".
const toldBy = (event) => event.kind !== 'bot.status' ? event.kind
    : {ACTIVE: 'resumed', ERROR: 'failed'}[/-> (\w+)/.exec(event.detail)?.[1]] || 'paused';
export const toneOfEvent = (event) =>
    (kTones.find(([pattern]) => pattern.test(toldBy(event))) || [null, 'plain'])[1];

const subjectLink = (event) => {
  const [record] = event.kind.split('.');
  if (!event.subject) return null;
  if (record === 'signal') return `#/signals/${encodeURIComponent(event.subject)}`;
  if (record === 'trade') return `#/trades/${encodeURIComponent(event.subject)}`;
  return null;
};

// Order ids say nothing to people; names of settings do.
const withoutIds = (text) => text.replace(/[^\s.]{24,}/g,
    (word) => (/\d/.test(word) ? `${word.slice(0, 10)}…` : word));
const kTextMax = 160;  // two lines; the title has it all
const beginOf = (text) => (text.length > kTextMax ? `${text.slice(0, kTextMax)}…` : text);
// What an event of a trade says for programs, whole in its title: the trade's name links to it all.
const kStanding = /(^|; )signal \S+ [A-Z]+, intent [A-Z_]+$/;
const kOrderId = /^order \S+$/;
const forPeople = (event) => {
  const text = detailText(event.detail) || '';
  return beginOf(withoutIds(event.kind.startsWith('trade.')
      ? text.replace(kStanding, '').replace(kOrderId, '') : text));
};

export function EventRow({event}) {
  const link = subjectLink(event);
  const name = words(event.kind);
  const detail = forPeople(event);
  return html`<li class="event ${toneOfEvent(event)}">
    <span class="event-time"><${Time} at=${event.at} format=${clockText} /></span>
    <i class="dot" aria-hidden="true"></i>
    <span class="event-text" title=${event.detail || null}>${link
        ? html`<a class="event-name" href=${link}>${name}</a>` : name}
      ${event.bot && html` <${BotLink} id=${event.bot} />`}
      ${detail && html` <span class="muted">${detail}</span>`}</span></li>`;
}
