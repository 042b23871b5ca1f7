// The views in the order of the navigation.
export const kViews = [
  {name: '', label: 'Overview', icon: 'overview'},
  {name: 'feed', label: 'Live feed', icon: 'feed'},
  {name: 'bots', label: 'Bots', icon: 'bots'},
  {name: 'positions', label: 'Positions', icon: 'positions', group: 'Trading'},
  {name: 'signals', label: 'Signals', icon: 'signals'},
  {name: 'intents', label: 'Intents', icon: 'intents'},
  {name: 'trades', label: 'Trades', icon: 'trades'},
  {name: 'fills', label: 'Fills', icon: 'fills'},
  {name: 'alerts', label: 'Alerts', icon: 'alerts', group: 'Operation'},
  {name: 'cycles', label: 'Cycles', icon: 'cycles'},
  {name: 'limiter', label: 'Limiter & cache', icon: 'limiter'},
  {name: 'differences', label: 'Reconciliation', icon: 'differences'},
  {name: 'locks', label: 'Locks', icon: 'locks'},
  {name: 'log', label: 'Operator log', icon: 'log'},
  {name: 'settings', label: 'Settings', icon: 'settings', group: 'Engine'},
  {name: 'about', label: 'About', icon: 'about'},
];
