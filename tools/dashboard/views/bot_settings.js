// A bot's configuration, whole, as one [[bot]] of the file: a new one, or another one for a bot that
// there is. The engine checks it; nothing is known better here.
import {html, useEffect, useState} from '../vendor/preact.js';
import {botPath, mutate} from '../api.js';
import {useResource} from '../resource.js';
import {useRoute} from '../router.js';
import {ask} from '../parts/dialog.js';
import {ActionButton, Absent, Empty, Failure, PageHead, Panel} from '../parts/ui.js';

const kFirst = `[[bot]]
id = "my-bot"
strategy = "rsi_reversion"
symbol = "BTC/USDT"
timeframe = "5m"
allocation = 1000
stake_amount = 100
`;

// The block of one bot out of the configuration in force; null: it is not there.
export function blockOf(toml, id) {
  return toml.split(/^(?=\[\[bot\]\])/m).find(
      (block) => block.startsWith('[[bot]]') && block.includes(`\nid = ${JSON.stringify(id)}\n`)) ??
      null;
}

const Changes = ({answer}) => html`<${Panel} title="Done">
  ${answer.changes.length ? html`<ul class="plain-list">${answer.changes.map((change) => html`
    <li key=${change.bot}><a href=${`#/bots/${encodeURIComponent(change.bot)}`}>${change.bot}</a>:
      ${' '}${change.what} ${change.detail}</li>`)}</ul>`
    : html`<p>Nothing differs from what was in force.</p>`}<//>`;

function Editor({id, text}) {
  const [toml, setToml] = useState(text);
  const [answer, setAnswer] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => setToml(text), [text]);
  const save = async () => {
    const agreed = await ask({
      title: id ? `Change ${id}?` : 'Start this bot?', confirm: id ? 'Change' : 'Start',
      reason: false,
      text: id ? 'It is stopped and started anew. What it holds stays protected by its stops.'
               : 'It trades from its next check on, beside those of the file.'});
    if (!agreed) return;
    setAnswer(null);
    setError(null);
    try {
      setAnswer(await mutate(id ? 'PUT' : 'POST', id ? botPath(id) : '/api/bots', {toml}));
    } catch (failed) {
      setError(failed);
    }
  };
  return html`<${Panel} title="Configuration" aside=${html`
      <${ActionButton} className="primary" action=${save}>${id ? 'Change' : 'Start'}<//>`}>
    <label class="field">One [[bot]], as in the configuration file
      <textarea class="editor" rows="22" spellcheck=${false} autocomplete="off" value=${toml}
          onInput=${(event) => setToml(event.target.value)}></textarea></label>
    ${error && html`<${Failure} error=${error} />`}<//>
    ${answer && html`<${Changes} answer=${answer} />`}`;
}

export function BotSettingsView() {
  const {params} = useRoute();
  const id = params.bot || '';
  const config = useResource(id ? '/api/config' : null);
  const text = id ? config.data && blockOf(config.data.toml, id) : kFirst;
  return html`<${PageHead} title=${id ? `Settings of ${id}` : 'New bot'}
      sub="The newest word counts: what is given here stands until the file says something else of it." />
    ${text ? html`<${Editor} id=${id} text=${text} />` : html`<div class="panel">${config.data
        ? html`<${Empty} title="The configuration has no such bot" icon="bots" />`
        : html`<${Absent} resource=${config} />`}</div>`}`;
}
