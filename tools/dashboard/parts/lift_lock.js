import {html} from '../vendor/preact.js';
import {post} from '../api.js';
import {ask} from './dialog.js';
import {attempt} from './toast.js';
import {ActionButton} from './ui.js';

async function lift(bot, scope, reason, done) {
  const whose = bot || scope;
  const answer = await ask({title: `Lift the lock of ${whose}?`, confirm: 'Lift it', reason: false,
                            text: `The guard ${reason} holds it back for a while after losses.`});
  const order = () => bot ? post('/api/locks/lift', {bot, reason})
                          : post('/api/locks/lift-fleet', {scope, reason});
  if (answer && await attempt(order, `${whose}: the lock is lifted.`)) done?.();
}

// Ends a lock of a risk guard before its time.
export const LiftLock = ({bot, scope, reason, done}) => html`
  <${ActionButton} className="small" action=${() => lift(bot, scope, reason, done)}
      label=${`Lift the lock ${reason} of ${bot || scope}`}>Lift<//>`;
