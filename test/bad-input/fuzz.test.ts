import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSyncError } from '../../src/errors.js'
import { decodeCalendar } from '../../src/ical/decode.js'
import { patchObject } from '../../src/ical/patch.js'
import { type IcalUnit, readCalendar, readObject } from '../../src/ical/read.js'
import { writeObject } from '../../src/ical/write.js'
import { EventContentSchema } from '../../src/model/content.js'
import { sameContent } from '../../src/model/equality.js'
import { expand } from '../../src/model/recurrence.js'
import { eventContent } from '../support/arbitrary-content.js'
import { normalContent } from '../support/normal-content.js'
import { type Mutation, mutation } from './mutations.js'
import { calendar, cpuNow, event } from './support.js'

/**
 * Damaged calendar files. `CALWEAVE_FUZZ=20000` makes that many of each kind; what fails prints a seed and the smallest
 * text that still fails.
 */
const { CALWEAVE_FUZZ } = process.env
const numRuns = Number(CALWEAVE_FUZZ ?? 120)
const timeout = 30_000 + numRuns * 60

const now = Date.UTC(2026, 10, 1)

const rich = calendar(
  'X-WR-CALNAME:Team',
  ...['BEGIN:VTIMEZONE', 'TZID:Custom', 'BEGIN:STANDARD', 'DTSTART:19701025T030000', 'TZOFFSETFROM:+0200'],
  ...['TZOFFSETTO:+0100', 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU', 'END:STANDARD', 'BEGIN:DAYLIGHT'],
  ...['DTSTART:19700329T020000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU'],
  ...['END:DAYLIGHT', 'END:VTIMEZONE'],
  ...event(
    'series@example.com',
    'DTSTART;TZID=Custom:20260304T090000',
    'DURATION:PT1H',
    'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270101T000000Z',
    'EXDATE;TZID=Custom:20260309T090000,20260311T090000',
    'RDATE;VALUE=PERIOD:20260401T090000Z/PT3H',
    'SUMMARY;LANGUAGE=de:Besprechung\\, Größe \\n zwei',
    'DESCRIPTION;ALTREP="CID:1":Text with a; semicolon\\; and a link https://example.com/?a=b&c',
    'X-ALT-DESC;FMTTYPE=text/html:<p>Text</p>',
    'ORGANIZER;CN="Jane, Doe":mailto:jane@example.com',
    'ATTENDEE;CN=Joe;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:joe@example.com',
    'CATEGORIES:A,B\\,C',
    'GEO:37.386013;-122.082932',
    'ATTACH;FMTTYPE=text/plain;FILENAME="a;b.txt":https://example.com/a.txt',
    'ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJDREVG',
    'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Join:https://meet.example.com/a',
    'X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE',
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'TRIGGER;RELATED=END:-PT15M',
    'DESCRIPTION:Reminder',
    'END:VALARM',
  ),
  ...event(
    'series@example.com',
    'RECURRENCE-ID;TZID=Custom:20260316T090000',
    'DTSTART;TZID=Custom:20260317T100000',
    'DTEND;TZID=Asia/Tokyo:20260317T200000',
    'SUMMARY:Moved',
  ),
  ...event('days@example.com', 'DTSTART;VALUE=DATE:20260329', 'DTEND;VALUE=DATE:20260331', 'SUMMARY:Days'),
  ...event('floating@example.com', 'DTSTART:20260329T023000', 'SUMMARY:Floating', 'CLASS:PRIVATE'),
)

const base = fc.oneof(
  fc.constant(rich),
  eventContent({ wildText: true }).map((content) => writeObject({ uid: 'fuzz@example.com', content, now })),
)

const damaged: fc.Arbitrary<Uint8Array> = fc
  .tuple(base, fc.array(mutation, { minLength: 1, maxLength: 5 }))
  .map(([text, mutations]) =>
    readable(mutations.reduce<Uint8Array>((bytes, mutate: Mutation) => mutate(bytes), new TextEncoder().encode(text))),
  )

/** What fails is printed as text, as far as one wants to read it. */
function readable(bytes: Uint8Array): Uint8Array {
  const print = () => JSON.stringify(Buffer.from(bytes).toString('latin1')).slice(0, 5_000)
  return Object.assign(bytes, { [fc.toStringMethod]: print })
}

/** What is read of a text, or nothing where it is refused for a reason of ours. */
function unitsOf(bytes: Uint8Array): readonly IcalUnit[] {
  try {
    return readCalendar(decodeCalendar(bytes)).units
  } catch (error) {
    if (isSyncError(error)) return []
    throw error
  }
}

type ReadUnit = IcalUnit & { readonly ok: true }
const readIn = (bytes: Uint8Array) => unitsOf(bytes).filter((unit): unit is ReadUnit => unit.ok)

function expectCleanLines(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f]/)
}

function readBack(text: string): ReadUnit {
  const unit = readObject(text)
  if (!unit.ok) throw unit.error
  return unit
}

/** The least of some tries, so that a collection of garbage in the middle does not count. */
function leastCpuMs(tries: number, limit: number, work: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let left = tries; left > 0 && least > limit; left--) {
    const before = cpuNow()
    work()
    least = Math.min(least, cpuNow() - before)
  }
  return least
}

describe('a damaged calendar file', () => {
  test(
    'is read or refused for a reason that we know, in 50 ms for every MiB',
    () => {
      fc.assert(
        fc.property(damaged, (bytes) => {
          const limit = 50 * Math.max(1, bytes.length / 1_048_576)
          let units: readonly IcalUnit[] = []
          const ms = leastCpuMs(4, limit, () => {
            units = unitsOf(bytes)
          })
          expect(ms).toBeLessThan(limit)
          for (const unit of units)
            if (!unit.ok) expect([unit.error.reason, unit.error.cause]).not.toContain('UNREADABLE')
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'as one resource is read or set aside, never an exception',
    () => {
      fc.assert(
        fc.property(damaged, (bytes) => {
          const unit = readObject(new TextDecoder().decode(bytes))
          if (!unit.ok) expect([unit.error.reason, unit.error.cause]).not.toContain('UNREADABLE')
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'gives contents that the model takes and that are written back equal, without a stray line end',
    () => {
      fc.assert(
        fc.property(damaged, (bytes) => {
          for (const unit of readIn(bytes).slice(0, 20)) {
            expect(EventContentSchema.safeParse(unit.content).error).toBeUndefined()
            const text = writeObject({ uid: unit.uid, content: unit.content, now })
            expectCleanLines(text)
            const again = readBack(text)
            expect(again.uid).toBe(unit.uid)
            expect(again.content).toEqual(normalContent(unit.content))
            expect(sameContent(again.content, unit.content)).toBe(true)
          }
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'can be edited in the text that it has, which changes what was meant and nothing else',
    () => {
      fc.assert(
        fc.property(damaged, (bytes) => {
          for (const unit of readIn(bytes).slice(0, 20)) {
            expect(sameContent(readBack(unit.text).content, unit.content)).toBe(true)
            if (unit.readOnly) continue
            const content = { ...unit.content, title: `${unit.content.title}+` }
            const text = patchObject(unit.text, { content, fields: ['title'], now })
            expectCleanLines(text)
            expect(readBack(text).content).toEqual(content)
          }
        }),
        { numRuns },
      )
    },
    timeout,
  )

  test(
    'is listed in a bounded time, or not at all',
    () => {
      fc.assert(
        fc.property(damaged, (bytes) => {
          for (const { content } of readIn(bytes).slice(0, 5)) {
            const ms = leastCpuMs(3, 100, () => {
              try {
                expand(content, { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) })
              } catch (error) {
                if (!isSyncError(error)) throw error
              }
            })
            expect(ms).toBeLessThan(100)
          }
        }),
        { numRuns },
      )
    },
    timeout,
  )
})
