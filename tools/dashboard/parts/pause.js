// The emergency pause: one press, one question, and no new entry passes. Pressed again it resumes.
import {html} from '../vendor/preact.js';
import {canOperate, modeOf, overview, session, setMode} from '../engine.js';
import {useStore} from '../store.js';
import {ask} from './dialog.js';
import {Icon} from './icons.js';
import {attempt} from './toast.js';

async function pause() {
  const answer = await ask({
    title: 'Pause the engine?',
    text: 'All bots stop entering at once, and stay so over a restart until somebody resumes them.',
    confirm: 'Pause now', danger: true,
    choices: [
      {value: 'reducing', label: 'Pause', hint: 'No new entries. Closes and cancels still pass.'},
      {value: 'halted', label: 'Halt everything',
       hint: 'Nothing passes, not even closes. Stops at the exchange still stand.'},
    ],
  });
  if (!answer) return;
  await attempt(() => setMode(answer.choice, answer.reason),
                answer.choice === 'halted' ? 'The engine is halted.' : 'The engine is paused.');
}

async function resume() {
  const answer = await ask({
    title: 'Resume the engine?', text: 'Bots may enter positions again from their next check on.',
    confirm: 'Resume', danger: false,
  });
  if (!answer) return;
  await attempt(() => setMode('active', answer.reason), 'The engine is active.');
}

// It works although nobody knows the mode: then the overview is refused, which may be the reason to
// press it.
export function PauseButton() {
  useStore(overview);
  useStore(session);
  const mode = modeOf();
  const paused = mode === 'REDUCING' || mode === 'HALTED';
  const title = canOperate() ? '' : 'Your token may read, but not operate';
  return html`<button class="pause ${paused ? 'resume' : ''}" onClick=${paused ? resume : pause}
      disabled=${!canOperate()} title=${title}>
    <${Icon} name=${paused ? 'play' : 'pause'} /><span>${paused ? 'Resume' : 'Pause'}
      <span class="pause-all">${' '}all</span></span></button>`;
}
