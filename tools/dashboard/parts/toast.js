// Short messages that go away by themselves; read aloud, since they answer an action.
import {html} from '../vendor/preact.js';
import {Store, useStore} from '../store.js';
import {Icon} from './icons.js';

const kShownMs = 7000;
const toasts = new Store([]);
let nextId = 1;

export function toast(text, tone = 'good') {
  const item = {id: nextId++, text, tone};
  toasts.set([...toasts.value, item].slice(-4));
  setTimeout(() => dismiss(item.id), kShownMs);
}

const dismiss = (id) => toasts.set(toasts.value.filter((item) => item.id !== id));

// Runs an action; what is refused is told with what to do about it. Returns whether it went well.
export async function attempt(action, done) {
  try {
    const answer = await action();
    const text = typeof done === 'function' ? done(answer) : done;
    if (text) toast(text);
    return true;
  } catch (error) {
    toast([error.message, error.fix].filter(Boolean).join(' '), 'bad');
    return false;
  }
}

export function ToastHost() {
  const items = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">${items.map((item) => html`
    <div key=${item.id} class="toast ${item.tone}">
      <${Icon} name=${item.tone === 'bad' ? 'alerts' : 'check'} /><span>${item.text}</span>
      <button class="toast-close" aria-label="Dismiss" onClick=${() => dismiss(item.id)}>
        <${Icon} name="cross" size=${16} /></button></div>`)}</div>`;
}
