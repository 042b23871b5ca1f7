// One dialog at a time, asked from anywhere: ask({...}) resolves to null when it was dismissed,
// else to {reason, choice, values}.
import {html, useEffect, useRef, useState} from '../vendor/preact.js';
import {Store, useStore} from '../store.js';

const question = new Store(null);

// {title, text, confirm, danger, choices: [{value, label, hint}], reason: false to not ask for one,
// or what else is asked for in its place,
// fields: [{name, label, value, hint, mode: "numeric" or "decimal"}]}
export const ask = (options) =>
    new Promise((resolve) => question.set({...options, resolve}));

export function DialogHost() {
  const asked = useStore(question);
  return asked && html`<${Dialog} asked=${asked} key=${asked.title} />`;
}

function Dialog({asked}) {
  const element = useRef(null);
  const [reason, setReason] = useState('');
  const [choice, setChoice] = useState(asked.choices?.[0].value);
  const [values, setValues] = useState(
      Object.fromEntries((asked.fields || []).map(({name, value}) => [name, value])));
  useEffect(() => {
    element.current.showModal();
    element.current.querySelector(asked.fields ? 'input' : '.confirm').focus();
  }, []);
  const end = (answer) => {
    element.current.close();
    question.set(null);
    asked.resolve(answer);
  };
  const submit = (event) => {
    event.preventDefault();
    end({reason: reason.trim(), choice, values});
  };
  return html`
    <dialog ref=${element} class="dialog" aria-labelledby="dialog-title"
            onCancel=${(event) => (event.preventDefault(), end(null))}>
      <form onSubmit=${submit}>
        <h2 id="dialog-title">${asked.title}</h2>
        <p>${asked.text}</p>
        ${asked.choices && html`<fieldset class="choices"><legend class="hidden">What</legend>
          ${asked.choices.map((option) => html`<label key=${option.value} class="choice">
            <input type="radio" name="choice" checked=${choice === option.value}
                   onChange=${() => setChoice(option.value)} />
            <span><strong>${option.label}</strong><br /><span class="muted">${option.hint}</span>
            </span></label>`)}</fieldset>`}
        ${(asked.fields || []).map(({name, label, hint, mode}) => html`
          <label class="field" key=${name}>${label}
            <input type="text" inputmode=${mode} value=${values[name]} placeholder=${hint}
                   autocomplete="off" onInput=${(event) =>
                       setValues((old) => ({...old, [name]: event.target.value}))} /></label>`)}
        ${asked.reason !== false && html`<label class="field">${asked.reason || 'Reason, for the log'}
          <input type="text" maxlength="200" value=${reason} placeholder="optional"
                 onInput=${(event) => setReason(event.target.value)} /></label>`}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick=${() => end(null)}>Cancel</button>
          <button type="submit" class="button confirm ${asked.danger ? 'danger' : 'primary'}">${
              asked.confirm}</button>
        </div>
      </form>
    </dialog>`;
}
