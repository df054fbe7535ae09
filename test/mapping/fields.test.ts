import { describe, expect, test } from 'vitest'
import { copyView, type View } from '../../src/mapping/projection.js'
import type { EventContent, Reminder } from '../../src/model/content.js'
import { type Holding, roomForAll } from '../../src/model/holding.js'
import { type Projection, ProjectionSchema, type Transform } from '../../src/model/projection.js'
import { content, daily, hours } from '../support/world.js'

const origin = { provider: 'somewhere', calendarName: 'Work' }

function viewOf(event: EventContent, settings: Partial<Projection> = {}, holds: Partial<Holding> = {}): View {
  const projection = ProjectionSchema.parse({ privateEvents: 'show', ...settings })
  return copyView(projection, { content: event, origin }, { ...roomForAll, ...holds })
}

/** What an event shows in its copy, and what it says once `typed` was typed into the copy. */
function roundTrip(
  event: EventContent,
  typed: Partial<EventContent>,
  settings: Partial<Projection> = {},
  holds: Partial<Holding> = {},
): { readonly shown: EventContent; readonly says: EventContent } {
  const view = viewOf(event, settings, holds)
  const shown = view.render(event)
  return { shown, says: view.lift({ ...shown, ...typed }, event) }
}

describe('transforms of a title', () => {
  const w: readonly Transform[] = [{ prefix: '[W] ' }]

  test.each<
    readonly [name: string, transforms: readonly Transform[], own: string, shown: string, typed: string, says: string]
  >([
    ['a prefix is taken off again', w, 'Lunch', '[W] Lunch', '[W] Brunch', 'Brunch'],
    ['a title that is typed anew needs no prefix', w, 'Lunch', '[W] Lunch', 'Brunch', 'Brunch'],
    ['an event without a title has none in the copy', w, '', '', '[W] Lunch', 'Lunch'],
    ['a title that was deleted up to its prefix is empty', w, 'Lunch', '[W] Lunch', '[W]', ''],
    ['a title that begins with the prefix itself keeps it', w, '[W] Lunch', '[W] [W] Lunch', '[W] [W] x', '[W] x'],
    [
      'a prefix in another spelling of Unicode is found',
      [{ prefix: 'Cafe\u0301 ' }],
      'x',
      'Cafe\u0301 x',
      'Caf\u00e9 y',
      'y',
    ],
    ['a suffix is taken off again', [{ suffix: ' (W)' }], 'Lunch', 'Lunch (W)', 'Brunch (W)', 'Brunch'],
    ['both are', [...w, { suffix: '!' }], 'Lunch', '[W] Lunch!', '[W] Brunch!', 'Brunch'],
    [
      'a template with the title in it once',
      [{ template: '{calendar}: {title}.' }],
      'Lunch',
      'Work: Lunch.',
      'Work: Brunch.',
      'Brunch',
    ],
    ['a template with braces', [{ template: '{{{title}}}' }], 'Lunch', '{Lunch}', '{Brunch}', 'Brunch'],
    [
      'a title with a template in it is no template',
      [{ template: '{title}' }],
      '{location}',
      '{location}',
      '{url}',
      '{url}',
    ],
    [
      'one with the title twice is read only',
      [{ template: '{title}{title}' }],
      'Lunch',
      'LunchLunch',
      'Brunch',
      'Lunch',
    ],
    ['one without the title is read only', [{ template: 'Meeting' }], 'Lunch', 'Meeting', 'Brunch', 'Lunch'],
    [
      'one with another field is read only',
      [{ template: '{title} @ {location}' }],
      'Lunch',
      'Lunch @ Café',
      'Brunch @ Café',
      'Lunch',
    ],
    [
      'a word that is replaced is put back',
      [{ replace: { from: 'ACME', to: 'Client' } }],
      'ACME and ACME',
      'Client and Client',
      'Client or Client',
      'ACME or ACME',
    ],
    [
      'a title that has the other word, too, is read only',
      [{ replace: { from: 'ACME', to: 'Client' } }],
      'ACME, Client',
      'Client, Client',
      'Client',
      'ACME, Client',
    ],
    [
      'a word that was left out cannot be put back',
      [{ replace: { from: 'ACME ', to: '' } }],
      'ACME lunch',
      'lunch',
      'brunch',
      'ACME lunch',
    ],
    [
      'but a title without that word can be changed',
      [{ replace: { from: 'ACME ', to: '' } }],
      'lunch',
      'lunch',
      'brunch',
      'brunch',
    ],
    ['a value that is mapped one to one', [{ mapValues: { Lunch: 'Essen' } }], 'Lunch', 'Essen', 'Pause', 'Pause'],
    ['and back', [{ mapValues: { Lunch: 'Essen' } }], 'Walk', 'Walk', 'Essen', 'Lunch'],
    [
      'values that look alike are read only',
      [{ mapValues: { Lunch: 'Essen', Dinner: 'Essen' } }],
      'Lunch',
      'Essen',
      'x',
      'Lunch',
    ],
    [
      'values named like members of objects are values',
      [{ mapValues: { constructor: 'x' } }],
      'toString',
      'toString',
      'valueOf',
      'valueOf',
    ],
    ['a title that is dropped is read only', [{ drop: true }], 'Lunch', '', 'Brunch', 'Lunch'],
  ])('%s', (_name, title, own, shown, typed, says) => {
    const event = content(own, { location: 'Café', description: 'stays' })
    const trip = roundTrip(event, { title: typed }, { fields: { title } })
    expect([trip.shown.title, trip.says.title]).toEqual([shown, says])
    expect({ ...trip.says, title: own }).toEqual(event)
  })

  test('an occurrence that is changed in the copy is read back like the series', () => {
    const event = daily('Stand-up', { location: 'Café' })
    const view = viewOf(event, { fields: { title: [...w] } })
    const { recurrence: _rule, overrides: _none, ...own } = view.render(event)
    const slot = '2026-01-06T09:00:00'
    const typed = {
      ...view.render(event),
      overrides: { [slot]: { kind: 'changed' as const, content: { ...own, title: '[W] Retro' } } },
    }
    expect(view.lift(typed, event).overrides[slot]).toMatchObject({ content: { title: 'Retro', location: 'Café' } })
  })

  test('replacements that grow without end are stopped at the longest text there may be', () => {
    const grow: Transform = { replace: { from: 'a', to: 'a'.repeat(256) } }
    const event = content('x', { description: 'a'.repeat(200_000) })
    const started = process.cpuUsage()
    const { shown, says } = roundTrip(
      event,
      { description: 'edited' },
      { fields: { description: Array(8).fill(grow) } },
    )
    expect(shown.description.length).toBeLessThanOrEqual(262_144)
    expect(says.description.length).toBeLessThanOrEqual(262_144)
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(2_000)
  })
})

describe('other fields', () => {
  test.each<
    readonly [
      name: string,
      field: keyof Projection['fields'],
      map: Readonly<Record<string, string>>,
      own: unknown,
      shown: unknown,
      typed: unknown,
      says: unknown,
    ]
  >([
    [
      'an availability that two values share is read only',
      'availability',
      { tentative: 'busy' },
      'free',
      'free',
      'busy',
      'free',
    ],
    [
      'one that is swapped is read back',
      'availability',
      { tentative: 'free', free: 'tentative' },
      'free',
      'tentative',
      'free',
      'tentative',
    ],
    [
      'a visibility that is closed is',
      'visibility',
      { default: 'private', private: 'confidential' },
      'default',
      'private',
      'public',
      'default',
    ],
    ['a colour is mapped and back', 'color', { red: 'blue', blue: 'red' }, 'red', 'blue', 'red', 'blue'],
    [
      'each category is mapped by itself',
      'categories',
      { work: 'Arbeit' },
      ['work', 'x'],
      ['Arbeit', 'x'],
      ['Arbeit', 'y'],
      ['work', 'y'],
    ],
    [
      'categories that look alike are read only',
      'categories',
      { a: 'c', b: 'c' },
      ['a', 'b'],
      ['c'],
      ['d'],
      ['a', 'b'],
    ],
  ])('%s', (_name, field, mapValues, own, shown, typed, says) => {
    const event = content('x', { [field]: own } as Partial<EventContent>)
    const trip = roundTrip(event, { [field]: typed } as Partial<EventContent>, { fields: { [field]: [{ mapValues }] } })
    expect([trip.shown[field], trip.says[field]]).toEqual([shown, says])
  })

  test('marking a copy private does not blank the copy that a person looks at', () => {
    const event = content('Doctor', { location: 'Clinic' })
    expect(roundTrip(event, { visibility: 'private' }, { privateEvents: 'busy' }).says).toEqual(event)
    expect(roundTrip(event, { visibility: 'private' }).says).toEqual({ ...event, visibility: 'private' })
  })

  test('whatever stands in a stored projection, no copy is more open than its event', () => {
    const event = content('Doctor', { visibility: 'confidential' })
    const projection: Projection = {
      ...ProjectionSchema.parse({ privateEvents: 'show' }),
      fields: { visibility: [{ mapValues: { confidential: 'public' } }] },
    }
    const view = copyView(projection, { content: event, origin }, roomForAll)
    expect(view.render(event).visibility).toBe('confidential')
  })

  test('a private event shows as busy where its privacy cannot be written down', () => {
    const event = content('Doctor', { visibility: 'private', location: 'Clinic' })
    expect(viewOf(event, {}, { cannotHold: ['visibility'] }).render(event)).toMatchObject({
      title: 'Busy',
      location: '',
    })
  })

  test('the title of a busy copy tells the calendar and provider of the origin, where that is wanted', () => {
    const event = content('Doctor')
    expect(viewOf(event, { show: 'busy', busyTitle: '{calendar} ({provider}) {{x}}' }).render(event).title).toBe(
      'Work (somewhere) {x}',
    )
  })

  test('a copy that shows the title proposes a new title and new times, and nothing else', () => {
    const event = content('Doctor', { location: 'Clinic', description: 'blood', categories: ['health'] })
    const { shown, says } = roundTrip(
      event,
      { title: 'Dentist', time: hours(11), location: 'x', description: 'y', availability: 'free' },
      { show: 'title' },
    )
    expect(shown).toMatchObject({ title: 'Doctor', location: '', description: '', categories: [], time: hours(9) })
    expect(says).toEqual({ ...event, title: 'Dentist', time: hours(11) })
  })
})

describe('texts that a calendar cannot take as they are', () => {
  test('control characters, half characters and other line ends never reach a copy', () => {
    const event = content('a\u0000b\nc\ud800', { description: 'a\r\nb\u0007\tc\rd\udc00' })
    expect(viewOf(event).render(event)).toMatchObject({ title: 'ab c\ufffd', description: 'a\nb\tc\nd\ufffd' })
  })

  test('a title with a line end is cleaned in the copy, and the event keeps it while nobody edits the title', () => {
    const event = content('a\nb')
    expect(roundTrip(event, { location: 'x' }).says).toEqual({ ...event, location: 'x' })
  })

  test.each<readonly [name: string, typed: string, says: string]>([
    ['the beginning is edited', 'NEW456789…', 'NEW4567890123456789'],
    ['a note is written below', '123456789…\nnote', '1234567890123456789\nnote'],
    ['the sign is deleted and the text written anew', 'all new', 'all new\n0123456789'],
    ['the text is emptied', '', '0123456789'],
  ])('what did not fit is not lost when %s', (_name, typed, says) => {
    const event = content('x', { description: '1234567890123456789' })
    const trip = roundTrip(event, { description: typed }, {}, { limits: { description: 10 } })
    expect(trip.shown.description).toBe('123456789…')
    expect(trip.says.description).toBe(says)
  })

  test('no character is cut in half', () => {
    const event = content('🎉🎉🎉🎉')
    expect(viewOf(event, {}, { limits: { title: 4 } }).render(event).title).toBe('🎉…')
  })

  test('a suffix that was cut off is not taken for a part of the title', () => {
    const event = content('A rather long title')
    const trip = roundTrip(
      event,
      { title: 'A RATHER long title (a v…' },
      { fields: { title: [{ suffix: ' (a very long suffix)' }] } },
      { limits: { title: 25 } },
    )
    expect(trip.shown.title).toBe('A rather long title (a v…')
    expect(trip.says.title).toBe('A RATHER long title')
  })

  test('of more reminders than there is room for, the earliest on a screen stay, and the others stay with the event', () => {
    const at = (seconds: number, method: Reminder['method'] = 'popup'): Reminder => ({
      method,
      trigger: { kind: 'offset', seconds, from: 'start' },
    })
    const event = content('x', { reminders: [at(-60), at(-7_200, 'email'), at(-3_600)] })
    const trip = roundTrip(event, { reminders: [at(-600)] }, { reminders: 'copy' }, { limits: { reminders: 1 } })
    expect(trip.shown.reminders).toEqual([at(-3_600)])
    expect(trip.says.reminders).toEqual([at(-600), at(-60), at(-7_200, 'email')])
  })

  test('of more categories than there is room for, the first ones show, and none is lost', () => {
    const event = content('x', { categories: ['a', 'b', 'c'] })
    const trip = roundTrip(event, { categories: ['b', 'new'] }, {}, { limits: { categories: 2 } })
    expect(trip.shown.categories).toEqual(['a', 'b'])
    expect(trip.says.categories).toEqual(['b', 'new', 'c'])
  })

  test('links beyond what a calendar has room for stay with the event when one is taken out of the copy', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ url: `https://example.com/${name}`, name }))
    const event = content('x', { attachments: [a, b, c] as EventContent['attachments'] })
    const trip = roundTrip(
      event,
      { attachments: [b] as EventContent['attachments'] },
      {},
      { limits: { attachments: 2 } },
    )
    expect(trip.shown.attachments).toEqual([a, b])
    expect(trip.says.attachments).toEqual([b, c])
  })
})

describe('reminders', () => {
  const popup: Reminder = { method: 'popup', trigger: { kind: 'offset', seconds: -600, from: 'start' } }
  const mail: Reminder = { method: 'email', trigger: { kind: 'offset', seconds: -3_600, from: 'start' } }

  test.each<
    readonly [
      name: string,
      policy: Projection['reminders'],
      own: EventContent['reminders'],
      shown: EventContent['reminders'],
      says: EventContent['reminders'],
    ]
  >([
    ['none', 'none', [mail], [], [mail]],
    ['copied, and read back', 'copy', [mail], [mail], [popup]],
    ['fixed, and read only', { fixed: [mail] }, [], [mail], []],
    ['fixed in place of the own ones', { fixed: [mail] }, [popup], [mail], [popup]],
    ['given where there are none', { whenMissing: [mail] }, [], [mail], [popup]],
    ['left alone where there are', { whenMissing: [mail] }, [popup], [popup], [popup]],
    ["left alone where the calendar's default is meant", { whenMissing: [mail] }, 'default', 'default', [popup]],
  ])('%s', (_name, reminders, own, shown, says) => {
    const trip = roundTrip(content('x', { reminders: own }), { reminders: [popup] }, { reminders })
    expect([trip.shown.reminders, trip.says.reminders]).toEqual([shown, says])
  })

  test('a busy copy rings with what every copy has, and never with those of the event', () => {
    const event = content('x', { reminders: [popup] })
    const shown = (reminders: Projection['reminders']) =>
      viewOf(event, { show: 'busy', reminders }).render(event).reminders
    expect([shown('copy'), shown({ fixed: [mail] }), shown({ whenMissing: [mail] })]).toEqual([[], [mail], [mail]])
  })
})

describe('guests', () => {
  const guests: Partial<EventContent> = {
    organizer: { email: 'ada@example.com', name: 'Ada' },
    attendees: [
      { email: 'jo@example.com', name: 'Jo\nDoe', role: 'required', status: 'accepted', type: 'individual' },
      { email: 'bo@example.com', role: 'optional', status: 'needs_action', type: 'individual' },
    ],
  }
  const block = '--- Guests ---\n- Ada (organizer)\n- bo@example.com\n- Jo Doe (accepted)\n--- End of guests ---'

  test('are named below the description, and are no part of it', () => {
    const event = content('x', { description: 'Agenda', ...guests })
    const typed = `New agenda\n\n${block}\n\nP.S. bring cake`
    const trip = roundTrip(event, { description: typed }, { attendees: 'asText' })
    expect(trip.shown).toMatchObject({ description: `Agenda\n\n${block}`, attendees: [], organizer: null })
    expect(trip.says).toEqual({ ...event, description: 'New agenda\n\nP.S. bring cake' })
  })

  test.each<readonly [name: string, typed: string, says: string]>([
    ['deleted', 'Agenda', 'Agenda'],
    ['changed', `Agenda\n\n${block.replace('accepted', 'declined')}`, 'Agenda'],
    ['deleted to the half, so that nobody knows what is whose', `Agenda\n\n${block.slice(20)}`, 'Agenda'],
    ['moved to the top', `${block}\nAgenda`, 'Agenda'],
  ])('stay with the event when their names are %s', (_name, description, says) => {
    const event = content('x', { description: 'Agenda', ...guests })
    const trip = roundTrip(event, { description }, { attendees: 'asText' })
    expect(trip.says).toEqual({ ...event, description: says })
  })

  test('lines like ours in a description of somebody else are not taken away', () => {
    const event = content('x', { description: `Pasted:\n${block}`, ...guests })
    const trip = roundTrip(event, { description: 'rewritten' }, { attendees: 'asText' })
    expect(trip.shown.description).toBe(`Pasted:\n${block}\n\n${block}`)
    for (const description of [
      'rewritten',
      event.description,
      `Pasted:\n\n${block}`,
      `${block}\n${event.description}`,
    ]) {
      const kept = roundTrip(event, { description }, { attendees: 'asText' }).says.description
      expect(['rewritten', event.description]).toContain(kept)
    }
  })

  test('leave half of the room to the description, and are left out where they need more', () => {
    const event = content('x', { description: 'A'.repeat(400), ...guests })
    const shown = viewOf(event, { attendees: 'asText' }, { limits: { description: 300 } }).render(event).description
    expect(shown).toHaveLength(300)
    expect(shown.endsWith(block)).toBe(true)
    const tight = viewOf(event, { attendees: 'asText' }, { limits: { description: 100 } }).render(event).description
    expect(tight).toBe(`${'A'.repeat(99)}…`)
  })

  test('are carried only where nobody is mailed for it, and are text elsewhere', () => {
    const event = content('x', guests)
    const loud = viewOf(event, { attendees: 'carry' })
    expect([loud.carries.has('attendees'), loud.render(event).attendees]).toEqual([false, []])
    expect(loud.render(event).description).toBe(block)
    const quiet = viewOf(event, { attendees: 'carry' }, { quietAttendees: true })
    expect(quiet.carries.has('attendees')).toBe(true)
    expect(quiet.render(event)).toMatchObject({
      description: '',
      organizer: guests.organizer,
      attendees: [{ name: 'Jo Doe' }, { email: 'bo@example.com' }],
    })
  })

  test('are in no other form in a calendar that could hold them, unless it is asked for', () => {
    const event = content('x', guests)
    for (const attendees of ['omit', 'asText'] as const) {
      const shown = viewOf(event, { attendees }, { quietAttendees: true }).render(event)
      expect([shown.attendees, shown.organizer]).toEqual([[], null])
    }
  })

  test('of an event that turns private leave the copy that they were carried to', () => {
    const event = content('x', { ...guests, visibility: 'private' })
    const quiet = viewOf(event, { attendees: 'carry', privateEvents: 'busy' }, { quietAttendees: true })
    expect(quiet.carries.has('attendees')).toBe(true)
    expect(quiet.render(event)).toMatchObject({ attendees: [], organizer: null })
  })
})

describe('descriptions in HTML', () => {
  const html =
    '<html><head><style>p { color: red }</style></head><body><p>Hello <b>you</b>,</p><p>see <a href="https://example.com/x">the page</a>.</p><script>alert(1)</script></body></html>'

  test('become text, and are read only in the copy', () => {
    const event = content('x', { description: html })
    const trip = roundTrip(event, { description: 'edited', title: 'y' }, { text: 'plain' })
    expect(trip.shown.description).toBe('Hello you,\n\nsee the page [https://example.com/x].')
    expect(trip.says).toEqual({ ...event, title: 'y' })
  })

  test('stay as they were written, unless it is asked for', () => {
    const event = content('x', { description: html })
    expect(viewOf(event).render(event).description).toBe(html)
  })

  test.each(['a < b and b > c', 'Ada <ada@example.com>', '<3', 'List<String>', 'Tom &amp; Jerry'])(
    '%s is no HTML',
    (description) => {
      const event = content('x', { description })
      const trip = roundTrip(event, { description: `${description}!` }, { text: 'plain' })
      expect([trip.shown.description, trip.says.description]).toEqual([description, `${description}!`])
    },
  )

  test.each([
    ['deep', '<div>'.repeat(50_000)],
    ['deep and closed', `${'<div>'.repeat(20_000)}x${'</div>'.repeat(20_000)}`],
    ['wide', '<p>a</p>'.repeat(32_000)],
    ['of open brackets', `<p>${'<a '.repeat(80_000)}`],
    ['of entities', `<p>${'&#x41;'.repeat(40_000)}`],
    ['of comments', `<p>${'<!--'.repeat(60_000)}`],
    ['of tables', '<table><tr><td>'.repeat(15_000)],
    ['of lists', '<ul><li>'.repeat(30_000)],
    ['of one endless tag', `<p ${'x=1 '.repeat(60_000)}`],
  ])('%s take no more than a moment and never throw', (_name, description) => {
    const event = content('x', { description: description.slice(0, 262_144) })
    const started = process.cpuUsage()
    const shown = viewOf(event, { text: 'plain' }).render(event).description
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(2_000)
    expect(shown.length).toBeLessThanOrEqual(262_144)
  })

  test('links that run something keep their text only', () => {
    const event = content('x', {
      description: '<a href="javascript:alert(1)">click</a> <img src="https://t.example/pixel">',
    })
    expect(viewOf(event, { text: 'plain' }).render(event).description).toBe('click')
  })
})
