import type { RemoteCalendarId } from '../../model/ids.js'
import { resolveZone } from '../../model/time.js'
import type { RemoteCalendar } from '../provider.js'
import { fileName } from './href.js'
import { child, type DavResponse, namesBelow, ns, prop } from './xml.js'

/** True for a calendar that holds events; not for task lists, inboxes, notifications, or a bin of removed calendars. */
export function isCalendar(response: DavResponse | undefined): response is DavResponse {
  const type = prop(response, ns.dav, 'resourcetype')
  if (!response || !type || !child(type, ns.caldav, 'calendar')) return false
  if (type.children.some((kind) => otherKinds.has(kind.local))) return false
  const components = prop(response, ns.caldav, 'supported-calendar-component-set')
  // Absent, and present without a word, both mean that everything may be in there.
  const names = components?.children.map((component) => component.attributes['name']?.toUpperCase()) ?? []
  return names.length === 0 || names.includes('VEVENT')
}

/** Not `schedule-outbox`: one server (SOGo) has the first calendar of every user for the outbox, too. */
const otherKinds: ReadonlySet<string> = new Set(['schedule-inbox', 'notification', 'deleted-calendar', 'trash-bin'])

/**
 * A calendar as the account lists it.
 * @param untold - what we may do with a calendar that does not say it
 */
export function describeCalendar(
  id: RemoteCalendarId,
  response: DavResponse,
  untold: RemoteCalendar['access'],
): RemoteCalendar {
  const name = prop(response, ns.dav, 'displayname')?.text.trim()
  return {
    id,
    name: name || fileName(id.replace(/\/$/, '')) || id,
    access: accessOf(response, untold),
    zone: zoneOf(response),
    color: colorOf(response),
  }
}

/** Not told by our own calendar: taken for writable until the server refuses. Told, but empty: read only. */
function accessOf(response: DavResponse, untold: RemoteCalendar['access']): RemoteCalendar['access'] {
  const type = prop(response, ns.dav, 'resourcetype')
  if (type?.children.some((kind) => kind.local === 'subscribed')) return 'read' // a feed that the server reads for us
  const privileges = prop(response, ns.dav, 'current-user-privilege-set')
  if (!privileges) return untold
  const names = namesBelow(privileges)
  // `write-properties` alone lets people rename a calendar, not write into it.
  return names.has('all') || names.has('write') || names.has('write-content') ? 'write' : 'read'
}

function zoneOf(response: DavResponse): string | null {
  const id = prop(response, ns.caldav, 'calendar-timezone-id')?.text.trim()
  const definition = prop(response, ns.caldav, 'calendar-timezone')?.text
  const tzid =
    definition === undefined
      ? undefined
      : /^TZID(?:;[^:\r\n]*)?:(.+?)\s*$/im.exec(definition.replace(/\r?\n[ \t]/g, ''))?.[1]
  for (const name of [id, tzid]) {
    const zone = name ? resolveZone(name) : undefined
    if (zone) return zone
  }
  return null
}

/** `#RRGGBB`, often with an opacity that no calendar shows. */
function colorOf(response: DavResponse): string | null {
  const text = prop(response, ns.apple, 'calendar-color')?.text.trim() ?? ''
  return /^#[0-9a-f]{6}(?:[0-9a-f]{2})?$/i.test(text) ? text.slice(0, 7).toLowerCase() : null
}
