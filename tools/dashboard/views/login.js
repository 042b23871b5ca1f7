import {html, useState} from '../vendor/preact.js';
import {login} from '../engine.js';
import {kIcon} from '../parts/icons.js';

export function LoginView({error}) {
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    if (!token.trim()) return;
    setBusy(true);
    await login(token.trim());
    setBusy(false);
  };
  return html`<main class="login"><form class="panel login-panel" onSubmit=${submit}>
    <img src=${kIcon} alt="" width="48" height="48" />
    <h1>Botbox</h1>
    <p class="muted">Sign in with an access token. Without tokens of your own, the engine wrote one
      at its first start into the file <code>api.token</code> of its data directory.</p>
    ${error && html`<p class="form-error" role="alert">${error}</p>`}
    <label class="field">Access token
      <input type="password" autocomplete="current-password" value=${token} required
             onInput=${(event) => setToken(event.target.value)} /></label>
    <button class="button primary" disabled=${busy}>${busy ? 'Signing in…' : 'Sign in'}</button>
    <p class="muted small">Kept in this tab only, and gone when it is closed.</p>
  </form></main>`;
}
