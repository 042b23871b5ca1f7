// A long list of which only the rows in sight exist. Rows have one height; `onNearEnd` asks for
// more.
import {html, useEffect, useLayoutEffect, useRef, useState} from '../vendor/preact.js';

const kAhead = 8;        // rows beyond the visible ones, so that scrolling shows no gaps
const kNearEndRows = 60;

export function VirtualList({rows, rowHeight, total, renderRow, onNearEnd, onRange, label, head}) {
  const frame = useRef(null);
  const [view, setView] = useState({top: 0, height: 600});
  const measure = () => {
    const element = frame.current;
    if (element) setView({top: element.scrollTop, height: element.clientHeight});
  };
  useLayoutEffect(measure, []);
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - kAhead);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + kAhead);
  useEffect(() => {
    if (last > rows.length - kNearEndRows) onNearEnd?.();
    onRange?.(first, last);
  }, [first, last, rows.length]);
  return html`<div class="virtual" ref=${frame} onScroll=${measure} role="table" tabindex="0"
      aria-label=${label} aria-rowcount=${(total ?? rows.length) + 1}>
    <div role="rowgroup" class="virtual-head">${head}</div>
    <div role="rowgroup" class="virtual-body" style=${{height: `${rows.length * rowHeight}px`}}>
      ${rows.slice(first, last).map((row, i) => renderRow(row, first + i, {
        top: `${(first + i) * rowHeight}px`, height: `${rowHeight}px`}))}
    </div></div>`;
}
