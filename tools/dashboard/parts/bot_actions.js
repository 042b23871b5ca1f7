// Check now, pause, resume and close, for one bot.
import {html} from '../vendor/preact.js';
import {botPath, post} from '../api.js';
import {words} from '../format.js';
import {meaningOf} from '../reasons.js';
import {ask} from './dialog.js';
import {attempt} from './toast.js';
import {ActionButton} from './ui.js';

const statusOf = (bot) => String(bot.status || bot.state || '').toUpperCase();

function resultText(id, answer) {
  const because = answer.message || meaningOf(answer.reason);
  return `${id}: ${words(answer.outcome)}. ${because || ''}`.trim();
}

const checkNow = (id, done) => attempt(async () => {
  const answer = await post(`${botPath(id)}/check`);
  done?.();
  return answer;
}, (answer) => resultText(id, answer));

async function pauseBot(id, done) {
  const answer = await ask({title: `Pause ${id}?`, confirm: 'Pause',
                            text: 'It enters nothing until it is resumed. What it holds it still ' +
                                'leaves by its rules, its stop and its target.'});
  if (answer && await attempt(() => post(`${botPath(id)}/pause`, {reason: answer.reason}),
                              `${id} is paused.`)) done?.();
}

async function resumeBot(id, done) {
  if (await attempt(() => post(`${botPath(id)}/resume`, {reason: ''}),
                    `${id} is active.`)) done?.();
}

async function closeBot(id, done) {
  const answer = await ask({title: `Close the positions of ${id}?`, confirm: 'Close now',
                            danger: true, text: 'A close is sent at the market price, at once. '
                                + 'An entry under way is cancelled first.'});
  if (answer && await attempt(() => post(`${botPath(id)}/close`, {reason: answer.reason}),
                              `${id}: the close is under way.`)) done?.();
}

async function archiveBot(id, done) {
  const answer = await ask({title: `Archive ${id}?`, confirm: 'Archive', danger: true,
                            text: 'It takes no part any more. Its records stay.'});
  if (answer && await attempt(() => post(`${botPath(id)}/archive`, {reason: answer.reason}),
                              `${id} is archived.`)) done?.();
}

// What the engine would refuse is said before it is asked.
const archiveBlocked = (holds, waits) => holds ? 'It has an open position: close it first'
    : waits ? 'It has a trade under way: wait for its end' : '';

export function BotActions({bot, done, compact = false, holds = false, waits = false}) {
  const status = statusOf(bot);
  const archived = status === 'ARCHIVED';
  const small = compact ? 'small' : '';
  return html`<div class="actions">
    <${ActionButton} className=${small} action=${() => checkNow(bot.id, done)}
        label=${`Check now: ${bot.id}`}>Check now<//>
    ${!archived && (status === 'ACTIVE'
        ? html`<${ActionButton} className=${small} action=${() => pauseBot(bot.id, done)}
            label=${`Pause ${bot.id}`}>Pause<//>`
        : html`<${ActionButton} className=${`${small} primary`}
            action=${() => resumeBot(bot.id, done)} label=${`Resume ${bot.id}`}>Resume<//>`)}
    ${!compact && (holds || waits) && html`<${ActionButton} className="danger-outline"
        action=${() => closeBot(bot.id, done)}
        label=${`Close the positions of ${bot.id}`}>Close<//>`}
    ${!compact && !archived && status !== 'ACTIVE' && html`<${ActionButton}
        className="danger-outline" action=${() => archiveBot(bot.id, done)}
        blocked=${archiveBlocked(holds, waits)}
        label=${`Archive ${bot.id}`}>Archive<//>`}
  </div>`;
}
