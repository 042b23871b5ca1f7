// A table that becomes a stack of cards on a phone. Rows that lead somewhere are links by keyboard
// and clickable as a whole by mouse.
import {html} from '../vendor/preact.js';
import {useFirstRow} from '../resource.js';
import {Absent, Empty, Failure, Loading} from './ui.js';

// columns: [{key, label, cell(row), num, wide, span: two places on a phone, phone: false for none,
//            roomy: only where there is much room}]
export function Table({columns, rows, keyOf = (row) => row.id, hrefOf, caption, fresh}) {
  const open = (event, row) => {
    if (event.target.closest('a, button, input')) return;
    location.hash = hrefOf(row);
  };
  return html`
    <div class="table-frame" tabindex="0" role="region" aria-label=${caption}>
    <table class="table" role="table">
      <caption class="hidden">${caption}</caption>
      <thead role="rowgroup"><tr role="row">${columns.map((column) => html`
        <th key=${column.key} scope="col" role="columnheader" class="${column.num ? 'num' : ''} ${
            column.roomy ? 'roomy' : ''}">${column.label}</th>`)}</tr></thead>
      <tbody role="rowgroup">${rows.map((row) => html`
        <tr key=${keyOf(row)} role="row" class="${hrefOf ? 'clickable' : ''} ${
            fresh?.(row) ? 'fresh' : ''}" onClick=${hrefOf && ((event) => open(event, row))}>${
          columns.map((column) => html`
            <td key=${column.key} role="cell" data-label=${column.label}
                class="${column.num ? 'num' : ''} ${column.wide ? 'wide' : ''} ${
                    column.phone === false ? 'no-phone' : ''} ${column.span ? 'span' : ''} ${
                    column.roomy ? 'roomy' : ''}">${column.cell(row)}</td>`)}
        </tr>`)}
      </tbody>
    </table></div>`;
}

// A listing of useListing as a table, with its states and the button for older rows.
export function Listing({listing, empty, emptyHint, ...table}) {
  const looksOn = useFirstRow(listing);
  // A filter that names a bot which does not exist finds nothing, like any other.
  if (!listing.items.length && listing.error?.status === 404) {
    return html`<${Empty} title=${empty}>${listing.error.message}<//>`;
  }
  if (!listing.items.length) {
    return looksOn ? html`<${Loading} />` : html`<${Absent} resource=${listing}
        empty=${html`<${Empty} title=${empty}>${emptyHint}<//>`} />`;
  }
  return html`
    ${listing.error && html`<${Failure} error=${listing.error} retry=${listing.reload} />`}
    <${Table} ...${table} rows=${listing.items} />
    ${listing.more && html`<div class="load-more">
      <button class="button" onClick=${listing.loadMore}>Older rows</button></div>`}`;
}
