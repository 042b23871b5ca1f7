import {html} from '../vendor/preact.js';
import {kViews} from '../navigation.js';
import {logout, session} from '../engine.js';
import {Icon} from '../parts/icons.js';
import {PageHead} from '../parts/ui.js';
import {useStore} from '../store.js';

// The rest of the navigation, on a phone.
export function MoreView() {
  const {anonymous} = useStore(session);
  return html`<${PageHead} title="More" />
    <ul class="more-list">${kViews.slice(4).map(({name, label, icon}) => html`
      <li key=${name}><a href=${`#/${name}`}><${Icon} name=${icon} />${label}</a></li>`)}
      ${!anonymous && html`<li><button onClick=${() => logout()}><${Icon} name="logout" />
        Sign out</button></li>`}</ul>`;
}
