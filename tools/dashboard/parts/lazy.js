// A component whose module comes when it is first shown: what stands around it is painted before it
// is asked for.
import {html, useEffect, useState} from '../vendor/preact.js';
import {Failure} from './ui.js';

export const kPartMissing = {
  status: 0, code: 'NO_ANSWER', message: 'This part of the page did not come.',
  // An engine of another version may no longer have it.
  fix: 'Is the engine running, and reachable from here? Trying again loads the whole page.',
};

export const PartMissing = () => html`<div class="panel"><${Failure} error=${kPartMissing}
    retry=${() => location.reload()} /></div>`;

// load() promises the component; `waiting` is shown until it is there.
export function lazy(load, waiting) {
  let Ready = null;
  let coming = null;
  const fetchOnce = () => {
    coming ??= load().then((component) => {
      Ready = component;
    }, (error) => {
      coming = null;
      throw error;
    });
    return coming;
  };
  return function Lazy(props) {
    const [, setCount] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Ready) return undefined;
      let gone = false;
      fetchOnce().then(() => gone || setCount((n) => n + 1), () => gone || setFailed(true));
      return () => {
        gone = true;
      };
    }, []);
    if (Ready) return html`<${Ready} ...${props} />`;
    return failed ? html`<${PartMissing} />` : waiting;
  };
}
