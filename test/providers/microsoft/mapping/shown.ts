import { fromInstant, localAt, resolveZone, sameZone, toInstant } from '../../../../src/model/time.js'
import { windowsZones } from '../../../../src/model/windows-zones.js'
import type { EventBody } from '../../../../src/providers/microsoft/client.js'
import { type GraphEvent, type GraphMoment, readItem } from '../../../../src/providers/microsoft/wire.js'

/** What Exchange is free to do with an event that it was given. */
export interface Habits {
  /** It calls zones by their Windows names. */
  readonly windowsNames?: boolean
  /** It shows times in the zone that they were written in, not in UTC. */
  readonly ownZone?: boolean
}

/** An event as Graph answers it after a body was written over it, as far as answers of the real service show that. */
export function shown(body: EventBody, before?: GraphEvent, habits: Habits = {}): GraphEvent {
  const { start, end, body: text, singleValueExtendedProperties: given = [], ...rest } = body as Partial<GraphEvent>
  const isAllDay = rest.isAllDay ?? before?.isAllDay ?? false
  const named = (zone = 'UTC') => (habits.windowsNames ? windowsName(zone) : zone)
  const time = (moment: GraphMoment | undefined): GraphMoment | undefined =>
    moment && {
      dateTime: `${habits.ownZone || isAllDay ? moment.dateTime : inUtc(moment)}.0000000`,
      timeZone: habits.ownZone ? named(moment.timeZone) : 'UTC',
    }
  const properties = new Map([...(before?.singleValueExtendedProperties ?? []), ...given].map((one) => [one.id, one]))
  const item = readItem({
    ...{ id: 'a', importance: 'normal', sensitivity: 'normal', showAs: 'busy', isReminderOn: true },
    ...{ reminderMinutesBeforeStart: 15, location: { displayName: '', coordinates: {} }, categories: [] },
    ...{ body: { contentType: 'html', content: '' }, attendees: [], onlineMeeting: null, recurrence: null },
    ...before,
    ...rest,
    ...(start && { start: time(start), originalStartTimeZone: named(start.timeZone) }),
    ...(end && { end: time(end), originalEndTimeZone: named(end.timeZone) }),
    ...(text && { body: { contentType: 'html', content: framed(text) } }),
    singleValueExtendedProperties: [...properties.values()],
  })
  if (item.kind === 'broken') throw new Error(item.path)
  return item.event
}

function inUtc({ dateTime = '', timeZone = 'UTC' }: GraphMoment): string {
  return localAt(toInstant({ kind: 'timed', local: dateTime, zone: resolveZone(timeZone) ?? 'UTC' }), 'UTC')
}

/** The Windows zone of an IANA zone: its own, or one that keeps the same clocks in 2026. */
function windowsName(zone: string): string {
  const clocks = (id: string) => [1, 4, 7, 10].map((month) => fromInstant(Date.UTC(2026, month, 15), id).local).join()
  const all = Object.entries(windowsZones)
  const own = all.find(([, iana]) => sameZone(iana, zone))
  const found = own ?? all.find(([, iana]) => clocks(iana) === clocks(resolveZone(zone) ?? 'UTC'))
  return zone === 'UTC' ? zone : (found?.[0] ?? zone)
}

/** As the captured answers have it; lines of HTML are broken where Exchange likes. */
export function framed({
  contentType,
  content = '',
}: {
  readonly contentType?: string
  readonly content?: string
}): string {
  const meta = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
  if (contentType === 'html') {
    const inner = content.replaceAll(/<script[\s\S]*?<\/script>/gi, '').replaceAll(/ (?=[^<>]*<)/g, '\r\n')
    return content === ''
      ? ''
      : `<html>\r\n<head>\r\n${meta}\r\n</head>\r\n<body>\r\n${inner}\r\n</body>\r\n</html>\r\n`
  }
  const lines = content.split('\n').map((line) =>
    line
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('  ', '&nbsp; ')
      .replaceAll(/https?:\/\/[^\s<>]+/g, (url) => `<a href="${url}">${url}</a>`),
  )
  const text = content.trim() === '' ? '&nbsp;' : lines.join('<br>\r\n')
  return `<html><head>${meta}\r\n<meta name="Generator" content="Microsoft Exchange Server">\r\n<!-- converted from text -->\r\n<style><!-- .EmailQuote { margin-left: 1pt; } --></style></head>\r\n<body>\r\n<font size="2"><span style="font-size:11pt;"><div class="PlainText">${text}</div></span></font>\r\n</body>\r\n</html>\r\n`
}
