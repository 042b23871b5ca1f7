import {html} from '../vendor/preact.js';
import {Table} from './table.js';
import {Amount, Direction, Money, Panel, Time} from './ui.js';

const kColumns = [
  {key: 'at', label: 'Time', cell: (row) => html`<${Time} at=${row.at} />`},
  {key: 'side', label: 'Side', cell: (row) => html`<${Direction} value=${row.side} />`},
  {key: 'price', label: 'Price', num: true, cell: (row) => html`<${Amount} value=${row.price} />`},
  {key: 'quantity', label: 'Quantity', num: true,
   cell: (row) => html`<${Amount} value=${row.quantity} />`},
  {key: 'fee', label: 'Fee', num: true,
   cell: (row) => row.fee_coin ? html`<span><${Amount} value=${row.fee_in_coin} /> ${row.fee_coin}</span>`
                               : html`<${Money} value=${row.fee} />`},
];

export const Fills = ({fills}) => !fills?.length ? null : html`<${Panel} title="Fills">
  <${Table} caption="Fills" columns=${kColumns} rows=${fills} /><//>`;
