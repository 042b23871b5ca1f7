// The filters above a list. They live in the address, so that a list can be linked and gone back
// to.
import {html, useEffect, useRef, useState} from '../vendor/preact.js';
import {count} from '../format.js';
import {replaceParams, useRoute} from '../router.js';
import {Icon} from './icons.js';

const kTypingMs = 250;

// A text field whose value is passed on once the typing pauses.
export function SearchField({value, onChange, label, placeholder, className = ''}) {
  const [text, setText] = useState(value);
  const timer = useRef(null);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (event) => {
    const typed = event.target.value;
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(typed.trim()), kTypingMs);
  };
  return html`<label class="search ${className}"><span class="hidden">${label}</span>
    <${Icon} name="search" size=${16} />
    <input type="search" value=${text} placeholder=${placeholder || label} onInput=${type}
           autocomplete="off" spellcheck=${false} /></label>`;
}

export const Select = ({value, onChange, label, options}) => html`
  <label class="select"><span class="hidden">${label}</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([name, text]) => html`
        <option key=${name} value=${name} selected=${name === value}>${text}</option>`)}
    </select></label>`;

// Tabs that are one choice; `counts` may give a number for each.
export const Segments = ({value, onChange, label, options, counts = {}}) => html`
  <div class="segments" role="group" aria-label=${label}>${options.map(([name, text]) => html`
    <button key=${name} type="button" class="segment" aria-pressed=${name === value}
            onClick=${() => onChange(name)}>${text}
      ${counts[name] !== undefined && html`<span class="count">${count(counts[name])}</span>`}
    </button>`)}</div>`;

export function useFilters() {
  const {params} = useRoute();
  return [params, (changed) => replaceParams({...params, ...changed})];
}
