import {html} from '../vendor/preact.js';
import {modeOf, overview, reasonOfMode, session} from '../engine.js';
import {count} from '../format.js';
import {theme, toggleTheme, toggleZone, zone} from '../preferences.js';
import {useResource} from '../resource.js';
import {useStore} from '../store.js';
import {LiveSwitch, ReloadConfiguration, RolloutCaps, nameOfTrading}
    from '../parts/engine_actions.js';
import {Absent, Badge, Empty, Fields, FullTime, PageHead, Panel} from '../parts/ui.js';

export function SettingsView() {
  const {mode = {}, rollout} = useStore(overview) || {};
  useStore(session);  // says whether it trades on paper
  const config = useResource('/api/config');
  const look = useStore(theme);
  const where = useStore(zone);
  return html`<${PageHead} title="Settings" />
    <div class="grid two">
      <${Panel} title="Engine"><${Fields} items=${[
        ['Mode', html`<${Badge} state=${modeOf()} />`],
        ['Set by', mode.by || 'the configuration'],
        mode.at && ['Set at', html`<${FullTime} at=${mode.at} />`],
        reasonOfMode() && ['Because', reasonOfMode()],
        [nameOfTrading(), html`<${LiveSwitch} on=${mode.live_trading} />`],
        rollout && ['In the market now', `${count(rollout.live_bots)} bots`],
        rollout && ['At most', html`<${RolloutCaps} caps=${rollout} />`],
        rollout && ['Caps set by', rollout.by === 'operator' ? 'an operator' : 'the configuration'],
      ]} /><//>
      <${Panel} title="This page"><${Fields} items=${[
        ['Theme', html`<button class="button small" onClick=${toggleTheme}>${
            look === 'dark' ? 'Use the light one' : 'Use the dark one'}</button>`],
        ['Times', html`<button class="button small" onClick=${toggleZone}>${
            where === 'utc' ? 'UTC: show local time' : 'Local: show UTC'}</button>`],
      ]} /><//>
    </div>
    <${Panel} title="Configuration"
        aside=${html`<span class="inline"><span class="muted small">Secrets are masked</span>
          <${ReloadConfiguration} done=${config.reload} /></span>`}>
      ${config.data?.toml ? html`<pre class="config" tabindex="0" aria-label="Configuration">${
          config.data.toml}</pre>`
        : html`<${Absent} resource=${config}
            empty=${html`<${Empty} title="The engine shows no configuration" />`} />`}
    <//>`;
}
