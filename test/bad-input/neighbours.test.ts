import { describe, expect, test } from 'vitest'
import { SyncEngine } from '../../src/engine/sync-engine.js'
import { caldavProvider } from '../../src/providers/caldav/index.js'
import { icsProvider } from '../../src/providers/ics/index.js'
import { memoryStorage } from '../../src/storage/memory.js'
import { wrote } from '../engine/caldav-world.js'
import { startCaldavStub } from '../support/caldav-stub.js'
import { calendar, canary, event, expectHelpful, start } from './support.js'
import { textsIn, withPair } from './woven.js'

/** One bad event of each kind, and the reason under which a person finds it. */
const badKinds: Readonly<Record<string, readonly [text: string, reason: string]>> = {
  noStart: [calendar(...bad()), 'NO_DTSTART'],
  noUid: [calendar('BEGIN:VEVENT', start, `SUMMARY:${canary}`, 'END:VEVENT'), 'NO_UID'],
  longUid: [calendar(...event('u'.repeat(10_000), start)), 'LIMIT_UID'],
  mixedUids: [calendar(...bad(start), ...event('another', start)), 'MIXED_UIDS'],
  twoCalendars: [calendar(...bad(start)).repeat(2), 'TWO_CALENDARS'],
  month13: [calendar(...bad('DTSTART:20261399T999999Z')), 'TIME_INVALID'],
  year9999: [calendar(...bad('DTSTART:99990101T000000Z')), 'TIME_RANGE'],
  backwards: [calendar(...bad(start, 'DTEND:20260304T080000Z')), 'END_BEFORE_START'],
  noZone: [calendar(...bad('DTSTART;TZID=Nowhere:20260304T090000')), 'ZONE_UNKNOWN'],
  interval: [calendar(...bad(start, 'RRULE:FREQ=DAILY;INTERVAL=0')), 'RRULE_INTERVAL'],
  twoRules: [calendar(...bad(start, 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY')), 'TWO_RRULES'],
  exrule: [calendar(...bad(start, 'RRULE:FREQ=DAILY', 'EXRULE:FREQ=WEEKLY')), 'EXRULE'],
  long: [calendar(...bad(start, `DESCRIPTION:${'x'.repeat(300_000)}`)), 'LIMIT_VALUE'],
  brokenLine: [calendar(...bad(start, 'DESCRIPTION:one', 'OAKLAND, CA 94611')), 'BAD_LINE'],
  cut: [calendar(...bad(start)).slice(0, -30), 'TRUNCATED'],
  deep: [calendar(...bad(start, 'BEGIN:X\r\n'.repeat(1_000).trimEnd())), 'LIMIT_DEPTH'],
  noCalendar: [`<html>${canary}</html>`, 'NOT_ICALENDAR'],
}

function bad(...lines: readonly string[]): readonly string[] {
  return event(`bad-${lines.length}-${lines.at(-1)?.slice(0, 40)}`, ...lines, `SUMMARY:${canary}`)
}

const good = (n: number) => calendar(...event(`good-${n}`, start, `SUMMARY:Good ${n}`))
const healed = (file: string) => calendar(...event(`healed-${file}`, start, `SUMMARY:Healed ${file}`))
const reasons = Object.values(badKinds)
  .map(([, reason]) => reason)
  .sort()

test('999 good events arrive beside one bad event of every kind, which is listed and arrives when it is healed', async () => {
  await withPair(
    async ({ w, from, to }) => {
      const before = textsIn(from)
      const run = await w.settle()
      expect(run).toMatchObject({ end: 'finished', failures: [] })
      expect(to.files('work')).toHaveLength(999)
      expect(textsIn(from)).toEqual(before)

      const listed = await w.user.calendars.unreadable(w.calendarIds[0])
      expect(listed.map(({ failure }) => failure.reason).sort()).toEqual(reasons)
      for (const { failure } of listed) expectHelpful(failure as never)
      expect(await w.user.calendars.unreadable(w.calendarIds[1])).toEqual([])

      // nothing is new, and nothing is asked for again
      const quiet = await w.sync()
      expect([wrote(quiet), w.requests.length]).toEqual([0, 2])

      const arrived = textsIn(to)
      for (const file of Object.keys(badKinds)) from.put('work', `${file}.ics`, healed(file))
      await w.settle()
      expect(await w.user.calendars.unreadable(w.calendarIds[0])).toEqual([])
      expect(to.files('work')).toHaveLength(999 + reasons.length)
      for (const [file, text] of arrived) expect(to.get('work', file)).toBe(text)
    },
    (from) => {
      for (let n = 0; n < 999; n++) {
        from.put('work', `good-${n}.ics`, good(n))
        const [file, kind] = Object.entries(badKinds)[n / 50] ?? []
        if (file && kind) from.put('work', `${file}.ics`, kind[0])
      }
    },
  )
}, 60_000)

test('999 good events of a calendar file arrive beside bad ones', async () => {
  const kinds = ['noStart', 'noUid', 'longUid', 'month13', 'backwards', 'interval', 'long', 'brokenLine']
  const inner = (text: string) => text.slice(text.indexOf('BEGIN:VEVENT'), text.lastIndexOf('END:VCALENDAR')).trimEnd()
  const file = (...events: readonly string[]) => calendar(...events.map(inner))
  let text = file(...Array.from({ length: 999 }, (_, n) => good(n)), ...kinds.map((kind) => badKinds[kind]?.[0] ?? ''))
  const stub = await startCaldavStub()
  try {
    const clock = { now: Date.UTC(2026, 2, 2, 8) }
    const feed = icsProvider({ fetch: async () => new Response(text) })
    const engine = new SyncEngine({
      storage: memoryStorage(),
      providers: [feed, caldavProvider({ allowedHosts: [new URL(stub.url).host] })],
      credentials: ({ provider }) => (provider === 'caldav' ? { username: 'jane', password: 'x' } : undefined),
      now: () => clock.now,
    })
    const user = engine.user('user_1')
    await user.connections.add({ provider: 'ics', id: 'feed', settings: { url: 'https://example.com/team.ics' } })
    await user.connections.add({ provider: 'caldav', id: 'dav', settings: { url: stub.url } })
    const calendars = await user.calendars.list()
    const source = calendars.find(({ provider }) => provider === 'ics')?.id ?? ''
    await user.groups.create({ id: 'g', name: 'g', members: calendars.map(({ id }) => ({ calendarId: id })) })
    const sync = async () => {
      clock.now += 3_600_000
      return user.groups.sync('g')
    }
    for (let runs = 0; runs < 5; runs++) await sync()
    expect(stub.files('work')).toHaveLength(999)
    const listed = await user.calendars.unreadable(source)
    expect(listed.map(({ failure }) => failure.reason).sort()).toEqual(kinds.map((kind) => badKinds[kind]?.[1]).sort())
    expect(wrote(await sync())).toBe(0)

    text = file(...Array.from({ length: 999 }, (_, n) => good(n)), ...kinds.map(healed))
    for (let runs = 0; runs < 3; runs++) await sync()
    expect(stub.files('work')).toHaveLength(999 + kinds.length)
    expect(await user.calendars.unreadable(source)).toEqual([])
  } finally {
    await stub.close()
  }
}, 60_000)

describe('an event that was synced and goes bad', () => {
  test('keeps its copy, is listed, and goes on when it is healed', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', good(1))
      from.put('work', 'b.ics', good(2))
      await w.settle()
      const copies = textsIn(to)
      for (const [text, reason] of Object.values(badKinds)) {
        from.put('work', 'a.ics', text)
        expect(wrote(await w.sync())).toBe(0)
        expect((await w.user.calendars.unreadable(w.calendarIds[0])).map(({ failure }) => failure.reason)).toEqual([
          reason,
        ])
      }
      expect(textsIn(to)).toEqual(copies)
      from.put('work', 'a.ics', good(1).replace('Good 1', 'Better'))
      await w.settle()
      expect(await w.titles(1)).toEqual(['Better', 'Good 2'])
      expect(await w.user.calendars.unreadable(w.calendarIds[0])).toEqual([])
    })
  })

  test('is not overwritten by what a person does to its copy', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', good(1))
      await w.settle()
      from.put('work', 'a.ics', badKinds['interval']?.[0] ?? '')
      await w.settle()
      await w.edit(1, 'Good 1', (text) => text.replace('SUMMARY:Good 1', 'SUMMARY:Renamed'))
      for (let runs = 0; runs < 3; runs++) await w.sync()
      expect(from.get('work', 'a.ics')).toBe(badKinds['interval']?.[0])
      expect(to.files('work')).toHaveLength(1)
      from.put('work', 'a.ics', good(1))
      await w.settle()
      expect([await w.titles(0), await w.titles(1)]).toEqual([['Renamed'], ['Renamed']])
    })
  })
})
