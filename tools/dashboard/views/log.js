import {html} from '../vendor/preact.js';
import {detailText, words} from '../format.js';
import {useListing} from '../resource.js';
import {SearchField, Segments, useFilters} from '../parts/filters.js';
import {Listing} from '../parts/table.js';
import {BotLink, PageHead, Time} from '../parts/ui.js';

// The engine's own deeds are everything else than what a person, or the configuration, asked for.
const byOperator = (event) => event.actor && event.actor !== 'engine';

const kColumns = [
  {key: 'sequence', label: 'No.', num: true, phone: false, cell: (row) => row.sequence},
  {key: 'at', label: 'Time', cell: (row) => html`<${Time} at=${row.at} />`},
  {key: 'actor', label: 'Who',
   cell: (row) => html`<span class=${byOperator(row) ? 'who' : 'muted'}>${row.actor}</span>`},
  {key: 'kind', label: 'What', cell: (row) => words(row.kind)},
  {key: 'bot', label: 'Bot', span: true, cell: (row) => html`<${BotLink} id=${row.bot} />`},
  {key: 'detail', label: 'Detail', wide: true,
   cell: (row) => html`<span class="break">${detailText(row.detail)}</span>`},
];

export function LogView() {
  const [filters, setFilters] = useFilters();
  const operators = (filters.who || 'people') === 'people';
  const listing = useListing('/api/events', {bot: filters.bot}, {
    on: (event) => !operators || byOperator(event), limit: 500, keyOf: (row) => row.sequence,
  });
  const newest = [...listing.items].sort((a, b) => b.sequence - a.sequence);
  const shown = {...listing, items: operators ? newest.filter(byOperator) : newest};
  return html`<${PageHead} title="Operator log" sub="Who did what, and when." />
    <div class="toolbar">
      <${Segments} label="Whose deeds" value=${operators ? 'people' : 'all'}
          options=${[['people', 'Operators'], ['all', 'All events']]}
          onChange=${(who) => setFilters({who: who === 'people' ? '' : who})} />
      <${SearchField} label="Bot" value=${filters.bot || ''} placeholder="Bot"
          onChange=${(bot) => setFilters({bot})} />
    </div>
    <div class="panel flush"><${Listing} listing=${shown} columns=${kColumns} caption="Events"
        keyOf=${(row) => row.sequence}
        empty=${operators ? 'Nobody has done anything among these events' : 'No event yet'}
        emptyHint=${operators && listing.more ? 'Older ones may hold more.' : null} /></div>`;
}
