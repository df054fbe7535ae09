import { describe, expect, test } from 'vitest'
import { wrote } from '../engine/caldav-world.js'
import { content, world } from '../support/world.js'
import { calendar, canary, event, expectHelpful, start } from './support.js'
import { textsIn, withPair } from './woven.js'

/** Rows of the catalogue that show only when two calendars are kept in step. */

const titled = (uid: string, title: string, ...lines: readonly string[]) =>
  calendar(...event(uid, start, 'DTEND:20260304T100000Z', `SUMMARY:${title}`, ...lines))

describe('identity', () => {
  test('18 no part of a UID gets into the address of a copy', async () => {
    await withPair(async ({ w, from, to }) => {
      for (const [n, uid] of ['../../../x', 'a%2f..%2fb', 'a\\r\\nX: y', '/', '.', 'é'.repeat(500)].entries())
        from.put('work', `${n}.ics`, titled(uid, `Event ${n}`))
      await w.settle()
      const files = to.files('work')
      expect(files).toHaveLength(6)
      for (const file of files) expect(file).toMatch(/^[0-9a-v]{32}\.ics$/)
    })
  })

  // Stated: the second is set aside. But both can be read, both were made by people, and a copy of each loses nothing.
  test('19 one UID twice in one calendar: both events are copied, once each', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', titled('same@example.com', 'First'))
      from.put('work', 'b.ics', titled('same@example.com', 'Second'))
      await w.settle()
      expect(await w.titles(1)).toEqual(['First', 'Second'])
      await w.edit(1, 'Second', (text) => text.replace('SUMMARY:Second', 'SUMMARY:Third'))
      await w.settle()
      expect(await w.titles(0)).toEqual(['First', 'Third'])
      expect(wrote(await w.sync())).toBe(0)
      expect(to.files('work')).toHaveLength(2)
    })
  })

  test('20 one UID in two calendars is one event that stands in both already', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', titled('same@example.com', 'Meeting', 'LOCATION:Room 1'))
      to.put('work', 'b.ics', titled('same@example.com', 'Meeting', 'LOCATION:Room 1'))
      expect(wrote(await w.settle())).toBe(0)
      expect([from.files('work'), to.files('work')]).toEqual([['a.ics'], ['b.ics']])
    })
  })
})

describe('series that cannot be listed', () => {
  test('38 one that repeats every second is copied, and does not hide its neighbours in the agenda', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put(
        'work',
        'a.ics',
        calendar(...event('a', 'DTSTART:20000101T000000Z', 'RRULE:FREQ=SECONDLY', 'SUMMARY:Dense')),
      )
      from.put('work', 'b.ics', titled('b', 'Plain'))
      await w.settle()
      expect(to.files('work')).toHaveLength(2)
      expect([...textsIn(to).values()].join()).toContain('RRULE:FREQ=SECONDLY')
      const span = { from: Date.UTC(2026, 2, 4), to: Date.UTC(2026, 2, 5) }
      const agenda = await w.user.events.agenda([w.calendarIds[0]], span)
      expect(agenda.filter(({ content: { title } }) => title === 'Plain')).toHaveLength(1)
      expect(agenda.filter(({ content: { title } }) => title === 'Dense')).toHaveLength(1_000)
    })
  })

  test('47 one with millions of candidates is copied, and costs the agenda only itself', async () => {
    await withPair(async ({ w, from, to }) => {
      const all = (size: number) => Array.from({ length: size }, (_, n) => n).join()
      const rule = `RRULE:FREQ=YEARLY;BYHOUR=${all(24)};BYMINUTE=${all(60)};BYSECOND=${all(60)};COUNT=1`
      from.put('work', 'a.ics', calendar(...event('a', start, rule, 'SUMMARY:Dense')))
      from.put('work', 'b.ics', titled('b', 'Plain'))
      await w.settle()
      expect(to.files('work')).toHaveLength(2)
      const span = { from: Date.UTC(2026, 2, 4), to: Date.UTC(2026, 2, 5) }
      const agenda = await w.user.events.agenda([w.calendarIds[0]], span)
      expect(agenda.map(({ content: { title } }) => title)).toEqual(['Plain'])
    })
  })
})

describe('servers that write what they are given in their own way', () => {
  const ways: readonly (readonly [name: string, rewrite: (text: string) => string])[] = [
    ['65 composes or decomposes letters', (text) => text.normalize('NFD')],
    ['66 cuts blanks at the end of a line', (text) => text.replaceAll(/[ \u00a0]+(?=\\n|\r\n[A-Z])/g, '')],
    ['66 writes bare line feeds', (text) => text.replaceAll('\r\n', '\n')],
    ['66 makes spaces of those that do not break', (text) => text.replaceAll('\u00a0', ' ')],
    ['5 folds elsewhere', (text) => text.replaceAll(/\r\n /g, '').replaceAll(/(.{20})(?=.)/g, '$1\r\n ')],
  ]
  for (const [name, rewrite] of ways) {
    test(`${name}: nothing is written for that, and nothing comes back changed`, async () => {
      const typed = titled('a', 'Café 👩‍👩‍👧\u00a0one ', 'DESCRIPTION:one \\ntwo\u00a0\\n\\nthree')
      await withPair(
        async ({ w, from, to }) => {
          from.put('work', 'a.ics', typed)
          await w.sync()
          for (let runs = 0; runs < 3; runs++) expect(wrote(await w.sync())).toBe(0)
          expect(from.get('work', 'a.ics')).toBe(typed)
          expect(to.files('work')).toHaveLength(1)
          await w.edit(0, (await w.titles(0))[0] ?? '', (text) => text.replace('three', 'four'))
          await w.settle()
          expect([...textsIn(to).values()].join().replaceAll(/\r?\n /g, '')).toContain('four')
        },
        (_from, to) => {
          to.options.normalize = rewrite
        },
      )
    })
  }
})

describe('private and cancelled events', () => {
  test('75 a private event is busy in a copy and in nothing that is kept to be shown', async () => {
    await withPair(async ({ w, from, to }) => {
      const secret = [`DESCRIPTION:${canary}`, `LOCATION:${canary}`, `CATEGORIES:${canary}`, 'CLASS:PRIVATE']
      from.put('work', 'a.ics', titled('a', canary, ...secret))
      await w.settle()
      expect(await w.titles(1)).toEqual(['Busy'])
      expect([...textsIn(to).values()].join()).not.toContain(canary)
      from.put('work', 'a.ics', titled('a', canary, ...secret, 'RRULE:FREQ=DAILY;INTERVAL=0'))
      await w.sync()
      const [listed] = await w.user.calendars.unreadable(w.calendarIds[0])
      expectHelpful(listed?.failure as never)
      const runs = await w.user.runs.list('group')
      expect(JSON.stringify(runs)).not.toContain(canary)
    })
  })

  test('78 a cancelled event is shown as cancelled, not removed', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', titled('a', 'Meeting'))
      await w.settle()
      await w.edit(0, 'Meeting', (text) => text.replace('END:VEVENT', 'STATUS:CANCELLED\r\nEND:VEVENT'))
      const run = await w.sync()
      expect(run.counts).toMatchObject({ removed: 0, updated: 1 })
      expect([...textsIn(to).values()].join()).toContain('STATUS:CANCELLED')
    })
  })
})

describe('listings', () => {
  test('84 an event that a page names twice, gone and there, is asked for before anything is concluded', async () => {
    await withPair(async ({ w, from, to }) => {
      for (const uid of ['a', 'b']) from.put('work', `${uid}.ics`, titled(uid, uid))
      await w.settle()
      const [id, names] = [from.calendar('work'), 'xmlns:d="DAV:"']
      const there = (file: string) =>
        `<d:response><d:href>${id}${file}</d:href><d:propstat><d:prop><d:getetag>"x"</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
      const gone = (file: string) =>
        `<d:response><d:href>${id}${file}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>`
      from.options.fault = ({ body }) =>
        body.includes('sync-collection')
          ? {
              status: 207,
              body: `<d:multistatus ${names}>${gone('a.ics')}${there('a.ics')}${there('b.ics')}${gone('b.ics')}<d:sync-token>urn:x</d:sync-token></d:multistatus>`,
            }
          : undefined
      expect(wrote(await w.sync())).toBe(0)
      expect(to.files('work')).toHaveLength(2)
    })
  })

  test('88 a page that finds the tag of no event removes none', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', titled('a', 'a'))
      await w.settle()
      const missing =
        '<d:propstat><d:prop><d:getetag/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>'
      const body = `<d:multistatus xmlns:d="DAV:"><d:response><d:href>${from.calendar('work')}a.ics</d:href>${missing}</d:response><d:sync-token>urn:x</d:sync-token></d:multistatus>`
      from.options.fault = (request) => (request.body.includes('sync-collection') ? { status: 207, body } : undefined)
      expect(wrote(await w.sync())).toBe(0)
      expect(to.files('work')).toHaveLength(1)
    })
  })

  test('2 a login page in place of a calendar removes nothing, and the sync goes on after it', async () => {
    await withPair(async ({ w, from, to }) => {
      from.put('work', 'a.ics', titled('a', 'One'))
      await w.settle()
      const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' }
      from.options.fault = () => page
      for (let runs = 0; runs < 3; runs++) expect(wrote(await w.sync())).toBe(0)
      delete from.options.fault
      from.put('work', 'b.ics', titled('b', 'Two'))
      w.clock.now += 86_400_000
      await w.settle()
      expect(to.files('work')).toHaveLength(2)
    })
  })
})

describe('an event that a person makes again as it was', () => {
  test('100 is an edit, also where the server gives the old tag again', async () => {
    await withPair(async ({ w, from }) => {
      const [old, changed] = [titled('a', 'Old'), titled('a', 'Changed')]
      from.put('work', 'a.ics', old)
      await w.settle()
      for (const [text, title] of [
        [changed, 'Changed'],
        [old, 'Old'],
        [changed, 'Changed'],
      ] as const) {
        from.put('work', 'a.ics', text)
        await w.settle()
        expect(await w.titles(1)).toEqual([title])
        expect(from.get('work', 'a.ics')).toBe(text)
      }
    })
  })

  test('100 and an old listing that comes late is none', async () => {
    const w = await world({ behaviours: [{ lagging: () => 0 }] })
    const id = w.calendar(0).add(content('Old'))
    await w.settle()
    w.calendar(0).edit(id, { title: 'New' })
    await w.settle()
    w.calendar(0).behave({ lagging: () => 1 })
    await w.sync()
    w.calendar(0).behaveAsUsual()
    await w.settle()
    expect([w.titles(0), w.titles(1)]).toEqual([['New'], ['New']])
  })
})
