// A listing of useListing as a virtual list: only rows in sight exist, older ones are fetched while
// scrolling. `name` is the class that gives the columns their widths (style.css).
import {html, useEffect, useRef, useState} from '../vendor/preact.js';
import {useFirstRow} from '../resource.js';
import {Absent, Empty, Failure, Loading} from './ui.js';
import {VirtualList} from './virtual_list.js';

const kPhone = matchMedia('(max-width: 720px)');

export function usePhone() {
  const [phone, setPhone] = useState(kPhone.matches);
  useEffect(() => {
    const change = () => setPhone(kPhone.matches);
    kPhone.addEventListener('change', change);
    return () => kPhone.removeEventListener('change', change);
  }, []);
  return phone;
}

const classOf = (column) => `${column.num ? 'num' : ''} ${column.phone === false ? 'no-phone' : ''}`;

const Head = ({columns, name}) => html`
  <div class="record-row record-head ${name}" role="row" aria-rowindex="1">
    ${columns.map((column) => html`<span key=${column.key} role="columnheader"
        class=${classOf(column)}>${column.label}</span>`)}</div>`;

function Row({row, columns, name, index, style, hrefOf}) {
  const open = (event) => {
    const href = hrefOf(row);
    if (href && !event.target.closest('a, button')) location.hash = href;
  };
  return html`<div class="record-row ${name}" role="row" aria-rowindex=${index + 2} style=${style}
      onClick=${open}>${columns.map((column) => html`
    <span key=${column.key} role="cell" class=${classOf(column)} data-label=${column.label}>${
        column.cell(row)}</span>`)}
  </div>`;
}

// columns: [{key, label, cell(row), num, phone: false for none}]
export function RecordList({listing, columns, keyOf, hrefOf, name, label, empty, emptyHint}) {
  const phone = usePhone();
  const busy = useRef(false);
  const more = async () => {
    if (busy.current || !listing.more) return;
    busy.current = true;
    try {
      await listing.loadMore();
    } finally {
      busy.current = false;
    }
  };
  const looksOn = useFirstRow(listing);
  if (!listing.items.length && listing.error?.status === 404) {
    return html`<${Empty} title=${empty}>${listing.error.message}<//>`;
  }
  if (!listing.items.length) {
    return looksOn ? html`<${Loading} />` : html`<${Absent} resource=${listing}
        empty=${html`<${Empty} title=${empty}>${emptyHint}<//>`} />`;
  }
  return html`
    ${listing.error && html`<${Failure} error=${listing.error} retry=${listing.reload} />`}
    <${VirtualList} label=${label} rows=${listing.items} rowHeight=${phone ? 92 : 44}
        total=${listing.more ? -2 : listing.items.length} onNearEnd=${more}
        head=${html`<${Head} columns=${columns} name=${name} />`}
        renderRow=${(row, index, style) => html`<${Row} key=${keyOf(row)} row=${row}
            columns=${columns} name=${name} index=${index} style=${style} hrefOf=${hrefOf} />`} />`;
}
