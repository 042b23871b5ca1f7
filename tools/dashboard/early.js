// Before the page's modules: the theme, the questions whose answers are shown first, and what to
// say if the modules never come.
(() => {
  const read = (storage, key) => {
    try {
      return storage().getItem(key);
    } catch {
      return null;  // Storage may be forbidden: the system's theme holds, a token is asked for.
    }
  };

  const chosen = read(() => localStorage, 'botbox.theme');
  const dark = chosen ? chosen === 'dark' : !matchMedia('(prefers-color-scheme: light)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';

  // The engine looks for the answers while the modules are on their way; api.js takes them.
  const token = read(() => sessionStorage, 'botbox.token');
  const asked = new Map();
  if (token) {
    for (const path of ['/api/overview', '/api/session']) {
      const answer = fetch(path, {
        headers: {Authorization: `Bearer ${token}`, Accept: 'application/json'},
        cache: 'no-store', credentials: 'omit', redirect: 'error', priority: 'high'});
      answer.catch(() => {});  // told by whoever takes it
      asked.set(path, answer);
    }
  }
  globalThis.botboxAsked = asked;

  let why = '';  // the first that went wrong
  const show = () => {
    const boot = document.getElementById('boot');
    if (!boot || !why) return;  // the page runs, or is not parsed yet
    boot.setAttribute('role', 'alert');
    boot.textContent = `The page did not start. ${why}`;
  };
  const sayWhy = (text) => {
    why ||= text;
    show();
  };
  const watch = ({target, message}) => {
    const address = target?.src || target?.href;
    if (address) {
      const {pathname} = new URL(address);
      sayWhy(`${pathname} did not come. Is the engine running? Load the page again.`);
    } else if (message) {
      sayWhy(`${message.replace(/^Uncaught (Error: )?/, '')}.`);
    }
  };
  addEventListener('error', watch, true);  // of files too, which do not bubble
  document.addEventListener('DOMContentLoaded', show);
})();
