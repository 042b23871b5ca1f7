import {html} from '../vendor/preact.js';
import {words} from '../format.js';
import {useListing} from '../resource.js';
import {Listing} from '../parts/table.js';
import {Ago, Badge, PageHead, Time} from '../parts/ui.js';

const isOver = (row) => Boolean(row.cleared_at) || row.state === 'CLEARED';
const levelOf = (row) => String(row.severity ?? 'warning').toUpperCase();
const raisedAt = (row) => row.at ?? row.raised_at;

const kColumns = [
  {key: 'state', label: 'State', cell: (row) => isOver(row)
      ? html`<${Badge} tone="plain">Over<//>`
      : html`<${Badge} tone=${levelOf(row) === 'CRITICAL' ? 'bad' : 'warn'}>${
          words(levelOf(row))}<//>`},
  {key: 'name', label: 'Alert',
   cell: (row) => html`<strong>${words(row.kind ?? row.name)}</strong>`},
  {key: 'message', label: 'What', wide: true, cell: (row) => row.text ?? row.message ?? ''},
  {key: 'raised', label: 'Raised', cell: (row) => html`<${Time} at=${raisedAt(row)} />`},
  {key: 'count', label: 'Times', num: true, phone: false, cell: (row) => row.count ?? 1},
  {key: 'for', label: 'Since', phone: false, cell: (row) => isOver(row)
      ? html`<span class="muted">over</span>`
      : html`<${Ago} at=${raisedAt(row)} />`},
];

export function AlertsView() {
  const listing = useListing('/api/alerts', {}, {
    on: (event) => /alert|unprotected|quarantined|unknown|slow|normal|limiter|exchange/.test(
        event.kind),
    keyOf: (row) => row.id ?? `${row.kind} ${raisedAt(row)}`,
  });
  return html`<${PageHead} title="Alerts" sub="What needs somebody’s eyes, now and before." />
    <div class="panel flush"><${Listing} listing=${listing} columns=${kColumns} caption="Alerts"
        keyOf=${(row) => row.id ?? `${row.kind} ${raisedAt(row)}`}
        empty="All is well" emptyHint="No alert has been raised." /></div>`;
}
