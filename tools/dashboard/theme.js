// Before the first paint: the theme that the operator chose, else the system's.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('botbox.theme');
  } catch {
    // Storage may be forbidden; then the system's theme holds.
  }
  const dark = chosen ? chosen === 'dark' : !matchMedia('(prefers-color-scheme: light)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
