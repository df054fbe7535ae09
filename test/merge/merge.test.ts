import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Disagreement, type Judge, merge } from '../../src/merge/merge.js'
import {
  type Attendee,
  completeContent,
  type EventContent,
  EventContentSchema,
  type Field,
  fields,
  type Override,
  occurrenceOf,
  type Reminder,
} from '../../src/model/content.js'
import { differingFields, sameField } from '../../src/model/equality.js'
import { isInSeries } from '../../src/model/recurrence.js'
import { eventContent, seriesContent } from '../support/arbitrary-content.js'
import { content, daily, hours } from '../support/world.js'

/** A judge that must not be called. */
const nobody: Judge = ({ field, path }) => {
  throw new Error(`nobody disagreed, and ${[field, ...path].join('.')} was judged`)
}

/** Keeps what it was asked. */
function recorder(answer: 'ours' | 'theirs' = 'ours'): { readonly judge: Judge; readonly asked: Disagreement[] } {
  const asked: Disagreement[] = []
  return {
    asked,
    judge: (disagreement) => {
      asked.push(disagreement)
      return answer
    },
  }
}

/** Two contents that stem from one: each field is as in the base, or as in another content. */
const related = (base: EventContent, other: EventContent, mask: number): EventContent => {
  const taken = fields.filter((field, index) => !isSeriesField(field) && mask & (1 << index))
  return { ...base, ...Object.fromEntries(taken.map((field) => [field, other[field]])) }
}

const isSeriesField = (field: Field) => field === 'time' || field === 'recurrence' || field === 'overrides'

const masks = fc.integer({ min: 0, max: 2 ** fields.length - 1 })

describe('laws of the merge', () => {
  test('a side that did not change takes over what the other side says, and nobody is asked', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), (base, changed) => {
        expect(differingFields(merge(base, base, changed, nobody), changed)).toEqual([])
        expect(differingFields(merge(base, changed, base, nobody), changed)).toEqual([])
      }),
    )
  })

  test('two sides that say the same are that, whatever was before, and nobody is asked', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), (base, changed) => {
        expect(differingFields(merge(base, changed, changed, nobody), changed)).toEqual([])
      }),
    )
  })

  test('changes of different fields are all there, nobody is asked, and it does not matter who is who', () => {
    fc.assert(
      fc.property(eventContent(), eventContent(), eventContent(), masks, (base, a, b, mask) => {
        const ours = related(base, a, mask)
        const theirs = related(base, b, ~mask)
        const merged = merge(base, ours, theirs, nobody)
        expect(differingFields(merged, merge(base, theirs, ours, nobody))).toEqual([])
        for (const field of fields) {
          const wanted = sameField(field, base, ours) ? theirs : ours
          expect(sameField(field, merged, wanted), field).toBe(true)
        }
      }),
    )
  })

  test('what comes out is a whole content, whatever went in and whoever wins', () => {
    fc.assert(
      fc.property(
        eventContent(),
        eventContent(),
        eventContent(),
        fc.infiniteStream(fc.constantFrom('ours' as const, 'theirs' as const)),
        (base, ours, theirs, answers) => {
          const merged = merge(base, ours, theirs, () => answers.next().value)
          expect(EventContentSchema.safeParse(merged).error?.issues).toBeUndefined()
          expect(Object.keys(merged).sort()).toEqual([...fields].sort())
        },
      ),
      { numRuns: 300 },
    )
  })

  for (const winner of ['ours', 'theirs'] as const)
    test(`merging the same change once more changes nothing (${winner} wins)`, () => {
      fc.assert(
        fc.property(eventContent(), eventContent(), eventContent(), (base, ours, theirs) => {
          const merged = merge(base, ours, theirs, () => winner)
          expect(
            differingFields(
              merge(base, merged, theirs, () => winner),
              merged,
            ),
          ).toEqual([])
        }),
      )
    })

  test('every value of either side that is not in the result was before the judge', () => {
    fc.assert(
      fc.property(seriesContent(), seriesContent(), seriesContent(), (base, ours, theirs) => {
        const { judge, asked } = recorder('theirs')
        const merged = merge(base, ours, theirs, judge)
        for (const field of ['title', 'description', 'location', 'color', 'url', 'status'] as const) {
          const isLost = !sameField(field, ours, base) && !sameField(field, ours, merged)
          if (isLost) expect(asked.map((one) => [one.field, one.ours])).toContainEqual([field, ours[field]])
        }
      }),
    )
  })

  test('time, rule and overrides of the result come from one side, unless only one side touched them', () => {
    fc.assert(
      fc.property(seriesContent(), seriesContent(), seriesContent(), (base, ours, theirs) => {
        fc.pre(!sameField('recurrence', ours, base) && !sameField('overrides', theirs, base))
        fc.pre(!sameField('recurrence', theirs, base) || !sameField('overrides', ours, base))
        const merged = merge(base, ours, theirs, ({ path }) => (path[0] === 'series' ? 'theirs' : 'ours'))
        const series = (side: EventContent) =>
          (['time', 'recurrence', 'overrides'] as const).every((field) => sameField(field, merged, side))
        expect(series(ours) || series(theirs)).toBe(true)
      }),
    )
  })
})

describe('lists merge by element', () => {
  const ada: Attendee = {
    email: 'ada@example.com',
    role: 'required',
    status: 'needs_action',
    type: 'individual',
  }
  const jo: Attendee = { ...ada, email: 'jo@example.org' }
  const pat: Attendee = { ...ada, email: 'pat@example.net' }
  const ahead = (minutes: number): Reminder => ({
    method: 'popup',
    trigger: { kind: 'offset', seconds: -60 * minutes, from: 'start' },
  })
  const cases: readonly {
    readonly name: string
    readonly field: Field
    readonly base: unknown
    readonly ours: unknown
    readonly theirs: unknown
    readonly merged: unknown
  }[] = [
    { name: 'attendees', field: 'attendees', base: [ada], ours: [ada, jo], theirs: [ada, pat], merged: [ada, jo, pat] },
    {
      name: 'an attendee left',
      field: 'attendees',
      base: [ada, jo],
      ours: [jo],
      theirs: [ada, jo, pat],
      merged: [jo, pat],
    },
    {
      name: 'an answer and a new guest',
      field: 'attendees',
      base: [ada],
      ours: [{ ...ada, status: 'accepted' }],
      theirs: [ada, jo],
      merged: [{ ...ada, status: 'accepted' }, jo],
    },
    {
      name: 'an attendee in other capitals',
      field: 'attendees',
      base: [ada],
      ours: [{ ...ada, email: 'ADA@example.com' }, jo],
      theirs: [ada, pat],
      merged: [ada, jo, pat],
    },
    {
      name: 'reminders',
      field: 'reminders',
      base: [ahead(5)],
      ours: [ahead(5), ahead(10)],
      theirs: [ahead(15)],
      merged: [ahead(10), ahead(15)],
    },
    { name: 'categories', field: 'categories', base: ['a'], ours: ['a', 'b'], theirs: ['c'], merged: ['b', 'c'] },
    {
      name: 'links',
      field: 'conferences',
      base: [],
      ours: [{ url: 'https://a.example' }],
      theirs: [{ url: 'https://b.example' }],
      merged: [{ url: 'https://a.example' }, { url: 'https://b.example' }],
    },
    {
      name: 'attachments',
      field: 'attachments',
      base: [{ url: 'https://a.example' }],
      ours: [],
      theirs: [{ url: 'https://a.example' }, { url: 'https://b.example' }],
      merged: [{ url: 'https://b.example' }],
    },
  ]
  for (const { name, field, base, ours, theirs, merged } of cases)
    test(`${name}: added on either side is in, removed on either side is out`, () => {
      const having = (value: unknown): EventContent => ({ ...content('x'), [field]: value })
      for (const [a, b] of [
        [ours, theirs],
        [theirs, ours],
      ])
        expect(differingFields(merge(having(base), having(a), having(b), nobody), having(merged))).toEqual([])
    })

  test('one attendee who answers differently on both sides is the only thing that is judged', () => {
    const side = (status: Attendee['status'], more: Attendee): EventContent =>
      content('x', { attendees: [{ ...ada, status }, more] })
    const { judge, asked } = recorder('theirs')
    const merged = merge(content('x', { attendees: [ada] }), side('accepted', jo), side('declined', pat), judge)
    expect(asked.map(({ field, path }) => [field, ...path])).toEqual([['attendees', 'ada@example.com']])
    expect(merged.attendees).toEqual(expect.arrayContaining([{ ...ada, status: 'declined' }, jo, pat]))
    expect(merged.attendees).toHaveLength(3)
  })

  test('reminders that are the default on one side and a list on the other are judged as a whole', () => {
    const { judge, asked } = recorder()
    const merged = merge(
      content('x', { reminders: [ahead(5)] }),
      content('x', { reminders: 'default' }),
      content('x', { reminders: [ahead(10)] }),
      judge,
    )
    expect(asked.map(({ field, path }) => [field, path])).toEqual([['reminders', []]])
    expect(merged.reminders).toBe('default')
  })
})

describe('series', () => {
  const tuesday = '2026-01-06T09:00:00'
  const wednesday = '2026-01-07T09:00:00'
  const changed = (title: string, given: Partial<EventContent> = {}): Override => ({
    kind: 'changed',
    content: { ...occurrenceOf(content(title)), time: hours(9, 10, '2026-01-06'), ...given },
  })
  const cancelled: Override = { kind: 'cancelled' }

  test('occurrences that different sides changed are both changed', () => {
    const merged = merge(
      daily('x'),
      daily('x', { overrides: { [tuesday]: changed('here') } }),
      daily('x', { overrides: { [wednesday]: cancelled } }),
      nobody,
    )
    expect(merged.overrides).toEqual({ [tuesday]: changed('here'), [wednesday]: cancelled })
  })

  test('one occurrence that both sides changed merges field by field', () => {
    const merged = merge(
      daily('x'),
      daily('x', { overrides: { [tuesday]: changed('renamed') } }),
      daily('x', { overrides: { [tuesday]: changed('x', { location: 'Room 1' }) } }),
      nobody,
    )
    expect(merged.overrides[tuesday]).toEqual(changed('renamed', { location: 'Room 1' }))
  })

  test('an occurrence that is cancelled here and changed there is judged by its slot', () => {
    const { judge, asked } = recorder('theirs')
    const merged = merge(
      daily('x'),
      daily('x', { overrides: { [tuesday]: cancelled } }),
      daily('x', { overrides: { [tuesday]: changed('y') } }),
      judge,
    )
    expect(asked.map(({ field, path }) => [field, path])).toEqual([['overrides', [tuesday]]])
    expect(merged.overrides[tuesday]).toEqual(changed('y'))
  })

  test('an override that one side takes back is gone, and what the other side added stays', () => {
    const merged = merge(
      daily('x', { overrides: { [tuesday]: cancelled } }),
      daily('x'),
      daily('x', { overrides: { [tuesday]: cancelled, [wednesday]: cancelled } }),
      nobody,
    )
    expect(merged.overrides).toEqual({ [wednesday]: cancelled })
  })

  test('dates that both sides add to a series are both added, beside a rule that one side changed', () => {
    const having = (rule: string, rdates: readonly string[]) => daily('x', { recurrence: { rule, rdates } })
    const merged = merge(
      having('FREQ=DAILY;COUNT=10', []),
      having('FREQ=DAILY;COUNT=10', ['2026-02-01T09:00:00']),
      having('FREQ=DAILY;COUNT=5', ['2026-02-02T09:00:00']),
      nobody,
    )
    expect(merged.recurrence).toEqual({
      rule: 'FREQ=DAILY;COUNT=5',
      rdates: ['2026-02-01T09:00:00', '2026-02-02T09:00:00'],
    })
  })

  for (const winner of ['ours', 'theirs'] as const)
    test(`a series that is moved here and has a changed occurrence there is judged as a whole (${winner} wins)`, () => {
      const ours = daily('renamed', { time: hours(11) })
      const theirs = daily('x', { location: 'Room 1', overrides: { [tuesday]: changed('y') } })
      const { judge, asked } = recorder(winner)
      const merged = merge(daily('x'), ours, theirs, judge)
      expect(asked.map(({ field, path }) => [field, path])).toEqual([['overrides', ['series']]])
      const { time, recurrence, overrides } = winner === 'ours' ? ours : theirs
      // the rest merges as ever
      expect(merged).toMatchObject({ title: 'renamed', location: 'Room 1', time, recurrence })
      expect(merged.overrides).toEqual(overrides)
    })

  test('a series that is moved to a later hour, and ends later by as much, lost its last occurrence', () => {
    const until = (hour: string) => ({ rule: `FREQ=DAILY;UNTIL=20260109T${hour}0000Z`, rdates: [] })
    const before = daily('x', { time: hours(9), recurrence: until('08') })
    const later = daily('x', { time: hours(17), recurrence: until('16') })
    expect(isInSeries(later, '2026-01-09T17:00:00')).toBe(true)
    expect(merge(before, before, later, nobody)).toEqual(later)
    expect(merge(before, later, before, nobody)).toEqual(later)
  })

  test('a series that is moved to another day, and whose rule names no day any more, stayed on its old days', () => {
    const before = daily('x', { recurrence: { rule: 'FREQ=WEEKLY;BYDAY=MO', rdates: [] } })
    const tuesdays = daily('x', { time: hours(9, 10, '2026-01-06'), recurrence: { rule: 'FREQ=WEEKLY', rdates: [] } })
    expect(merge(before, before, tuesdays, nobody)).toEqual(tuesdays)
    expect(merge(before, tuesdays, before, nobody)).toEqual(tuesdays)
  })

  test('a series that is only made longer keeps the overrides of the other side when it wins', () => {
    const theirs = daily('x', { time: hours(9, 11) })
    const ours = daily('x', { overrides: { [tuesday]: cancelled } })
    const merged = merge(daily('x'), ours, theirs, nobody)
    expect(merged).toMatchObject({ time: hours(9, 11), overrides: { [tuesday]: cancelled } })
  })

  test('a single event that both sides make a series of is one of the two series, not a mix of both', () => {
    const ours = daily('x', { overrides: { [tuesday]: cancelled } })
    const theirs = completeContent({
      title: 'x',
      time: hours(10),
      recurrence: { rule: 'FREQ=WEEKLY', rdates: [] },
      overrides: { '2026-01-12T10:00:00': cancelled },
    })
    const { judge, asked } = recorder('theirs')
    const merged = merge(content('x'), ours, theirs, judge)
    expect(asked).toHaveLength(1)
    expect(merged).toEqual(theirs)
  })

  test('a moved series stays one when the other side ends its repetition', () => {
    const { judge } = recorder('theirs')
    const merged = merge(
      daily('x', { overrides: { [tuesday]: cancelled } }),
      daily('x', { time: hours(11), overrides: {} }),
      content('x'),
      judge,
    )
    expect([merged.recurrence, merged.overrides]).toEqual([null, {}])
  })
})
