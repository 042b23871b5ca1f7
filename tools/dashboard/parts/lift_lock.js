import {html} from '../vendor/preact.js';
import {post} from '../api.js';
import {ask} from './dialog.js';
import {attempt} from './toast.js';
import {ActionButton} from './ui.js';

async function lift(bot, reason, done) {
  const answer = await ask({title: `Lift the lock of ${bot}?`, confirm: 'Lift it', reason: false,
                            text: `The guard ${reason} holds it back for a while after losses.`});
  if (answer && await attempt(() => post('/api/locks/lift', {bot, reason}),
                              `${bot}: the lock is lifted.`)) done?.();
}

// Ends a lock of a risk guard before its time.
export const LiftLock = ({bot, reason, done}) => html`
  <${ActionButton} className="small" action=${() => lift(bot, reason, done)}
      label=${`Lift the lock ${reason} of ${bot}`}>Lift<//>`;
