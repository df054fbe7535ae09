import { caldav, dav, type Reply, refusal } from './dav-xml.js'
import { type Account, type FakeCollection, uidsIn } from './fake-account.js'

/** Why a PUT or DELETE is refused; undefined when it may be done. */
export function refusedWrite(
  account: Account,
  collection: FakeCollection,
  file: string,
  request: { readonly method: string; readonly headers: Headers; readonly body: string },
): Reply | undefined {
  if (collection.kind === 'readonly' || collection.kind === 'subscribed') return refusal(403, dav('need-privileges'))
  const item = collection.items.get(file)
  const match = request.headers.get('if-match')
  if (match !== null && (!item || (match !== '*' && match !== item.etag))) return { status: 412 }
  if (request.headers.get('if-none-match') === '*' && item) return { status: 412 }
  if (request.method === 'DELETE') return item ? undefined : { status: 404 }
  return refusedBody(account, collection, file, request.headers, request.body)
}

/** What a calendar object has to be here: stricter than the RFC about METHOD's absence, DTEND, and UIDs of the account. */
function refusedBody(
  account: Account,
  collection: FakeCollection,
  file: string,
  headers: Headers,
  body: string,
): Reply | undefined {
  if (!/^text\/calendar\b/i.test(headers.get('content-type') ?? ''))
    return refusal(403, caldav('supported-calendar-data'))
  const lines = body.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)
  const isWhole = lines[0] === 'BEGIN:VCALENDAR' && lines.findLast((line) => line !== '') === 'END:VCALENDAR'
  if (!isWhole) return refusal(403, caldav('valid-calendar-data'))
  const wanted = collection.kind === 'reminders' ? 'VTODO' : 'VEVENT'
  if (!lines.includes(`BEGIN:${wanted}`)) return refusal(403, caldav('supported-calendar-component'))
  const [uid, ...others] = uidsIn(body)
  const hasMethod = lines.some((line) => /^METHOD[;:]/i.test(line))
  if (uid === undefined || others.length > 0 || hasMethod) return refusal(403, caldav('valid-calendar-object-resource'))
  // Apple says "not found" of an event without an end.
  if (eventsIn(lines).some(lacksEnd)) return { status: 404 }
  const holder = account.holderOf(uid, { collection, file })
  return holder === undefined ? undefined : refusal(403, caldav('no-uid-conflict'), holder)
}

/** A start at a time of day without an end. */
function lacksEnd(event: readonly string[]): boolean {
  const start = event.find((line) => /^DTSTART[;:]/i.test(line))
  const hasEnd = event.some((line) => /^(?:DTEND|DURATION)[;:]/i.test(line))
  return start === undefined || (!hasEnd && !/VALUE=DATE(?:;|:)/i.test(start))
}

/** The lines of each VEVENT, without those of alarms inside. */
function eventsIn(lines: readonly string[]): readonly (readonly string[])[] {
  const events: string[][] = []
  const open: string[] = []
  for (const line of lines) {
    const [, edge, name = ''] = /^(BEGIN|END):(.*)$/i.exec(line) ?? []
    if (edge?.toUpperCase() === 'BEGIN') open.push(name)
    if (line === 'BEGIN:VEVENT') events.push([])
    else if (open.at(-1) === 'VEVENT') events.at(-1)?.push(line)
    if (edge?.toUpperCase() === 'END') open.pop()
  }
  return events
}
