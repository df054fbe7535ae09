/** Every view of the example, for Mara: its address, and what tells that it is there. */
export const views: readonly { readonly name: string; readonly path: string; readonly heading: RegExp }[] = [
  { name: 'overview', path: '/', heading: /Overview/ },
  { name: 'calendar', path: '/calendar?as=week', heading: /20\d\d/ },
  { name: 'agenda', path: '/calendar?as=list', heading: /20\d\d/ },
  { name: 'conflicts', path: '/conflicts', heading: /Conflicts/ },
  { name: 'connections', path: '/connections', heading: /Connections/ },
  { name: 'wizard', path: '/connect', heading: /Connect a calendar/ },
  { name: 'settings', path: '/groups/mara-work', heading: /Work and client/ },
  { name: 'activity', path: '/activity', heading: /Activity/ },
  { name: 'audit', path: '/activity?as=audit', heading: /Activity/ },
  { name: 'notifications', path: '/notifications', heading: /Notifications/ },
]
