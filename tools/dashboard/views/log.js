import {html} from '../vendor/preact.js';
import {detailText, words} from '../format.js';
import {useListing} from '../resource.js';
import {SearchField, Segments, useFilters} from '../parts/filters.js';
import {Listing} from '../parts/table.js';
import {BotLink, PageHead, Time} from '../parts/ui.js';

// Each action of an operator is one of these; the engine finds them however much else happens.
const kDeeds = 'operator.';
const isDeed = (event) => event.kind.startsWith(kDeeds);
const nameOf = (event) => words(isDeed(event) ? event.kind.slice(kDeeds.length) : event.kind);

const kColumns = [
  {key: 'sequence', label: 'No.', num: true, phone: false, cell: (row) => row.sequence},
  {key: 'at', label: 'Time', cell: (row) => html`<${Time} at=${row.at} />`},
  {key: 'actor', label: 'Who',
   cell: (row) => html`<span class=${row.actor === 'engine' ? 'muted' : 'who'}>${row.actor}</span>`},
  {key: 'kind', label: 'What', cell: nameOf},
  {key: 'bot', label: 'Bot', span: true, cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'detail', label: 'Detail', wide: true,
   cell: (row) => html`<span class="break">${detailText(row.detail)}</span>`},
];

export function LogView() {
  const [filters, setFilters] = useFilters();
  const operators = (filters.who || 'people') === 'people';
  const listing = useListing('/api/events', {bot: filters.bot, kind: operators ? kDeeds : ''}, {
    on: (event) => !operators || isDeed(event), keyOf: (row) => row.sequence,
  });
  return html`<${PageHead} title="Operator log" sub="Who did what, and when." />
    <div class="toolbar">
      <${Segments} label="Whose deeds" value=${operators ? 'people' : 'all'}
          options=${[['people', 'Operators'], ['all', 'All events']]}
          onChange=${(who) => setFilters({who: who === 'people' ? '' : who})} />
      <${SearchField} label="Bot" value=${filters.bot || ''} placeholder="Bot"
          onChange=${(bot) => setFilters({bot})} />
    </div>
    <div class="panel flush"><${Listing} listing=${listing} columns=${kColumns} caption="Events"
        keyOf=${(row) => row.sequence}
        empty=${operators ? 'Nobody has done anything yet' : 'No event yet'}
        emptyHint=${operators && listing.more ? 'Older ones may hold more.' : null} /></div>`;
}
