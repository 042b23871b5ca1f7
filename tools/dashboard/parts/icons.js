// Line icons, 20 by 20, in the colour of the text.
import {html} from '../vendor/preact.js';

// Of the program. Named from here: the engine serves what is here under a name for each version, so
// that browsers keep it.
export const kIcon = new URL('../icon.svg', import.meta.url).href;

const kPaths = {
  overview: 'M3 11l7-7 7 7M5 9.5V17h4v-4h2v4h4V9.5',
  feed: 'M2 10h4l2-6 4 12 2-6h4',
  bots: 'M5 8h10v8H5zM10 8V4M10 4h.01M8 12h.01M12 12h.01M3 11v3M17 11v3',
  signals: 'M4 16V9M8 16V5M12 16v-5M16 16V3',
  trades: 'M4 7h11l-3-3M16 13H5l3 3',
  intents: 'M5 3h10v14H5zM8 7h4M8 10.5l1.5 1.5 3-3.5',
  fills: 'M3 6h9M3 10h6M3 14h9M15 5v10M12.5 12.5L15 15l2.5-2.5',
  positions: 'M10 3a7 7 0 107 7h-7zM13 3.7A7 7 0 0116.3 7H13z',
  cycles: 'M16 10a6 6 0 11-2-4.5M16 3v3h-3',
  limiter: 'M3 14a7 7 0 1114 0M10 14l3-5M3 14h1M16 14h1',
  alerts: 'M10 3l8 14H2zM10 8v4M10 14.5h.01',
  log: 'M5 3h7l3 3v11H5zM8 9h4M8 12h4M8 15h2',
  differences: 'M7 4v12M4 7h6M4 17h6M12 7h5M12 12h5',
  locks: 'M5 9h10v8H5zM7 9V6a3 3 0 016 0v3',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M11 4v4M7 12v4',
  about: 'M10 2.8a7.2 7.2 0 100 14.4 7.2 7.2 0 000-14.4zM10 9v5M10 6.2h.01',
  more: 'M4 6h12M4 10h12M4 14h12',
  sun: 'M10 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM10 2v2M10 16v2M2 10h2M16 10h2M4.5 4.5l1.3 1.3' +
      'M14.2 14.2l1.3 1.3M4.5 15.5l1.3-1.3M14.2 5.8l1.3-1.3',
  moon: 'M16 12.5A7 7 0 017.5 4 6.5 6.5 0 1016 12.5z',
  pause: 'M7 4v12M13 4v12',
  play: 'M6 4l10 6-10 6z',
  check: 'M4 10.5l4 4 8-9',
  cross: 'M5 5l10 10M15 5L5 15',
  search: 'M9 4a5 5 0 100 10A5 5 0 009 4zM12.7 12.7L17 17',
  left: 'M12 4l-6 6 6 6',
  right: 'M8 4l6 6-6 6',
  bolt: 'M11 2L4 12h5l-1 6 7-10h-5z',
  logout: 'M8 4H4v12h4M12 6l4 4-4 4M16 10H8',
  queue: 'M4 5h12M4 10h12M4 15h7',
};

export const Icon = ({name, size = 20}) => html`
  <svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" aria-hidden="true"
       focusable="false"><path d=${kPaths[name] || ''} /></svg>`;
