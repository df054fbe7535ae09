import { describe, expect, test } from 'vitest'
import type { NewMember } from '../../src/engine/group-input.js'
import type { EventContent } from '../../src/model/content.js'
import { content, daily, hours, type World, world } from '../support/world.js'
import { changed, diary, family, home, slot, work, wrote } from './story.js'

const busyOnly: Partial<NewMember> = { projection: { show: 'busy' } }

const doctor: EventContent = content('Doctor', {
  description: 'canary description',
  location: 'canary clinic',
  categories: ['canary category'],
  url: 'https://canary.example.com',
  conferences: [{ url: 'https://canary.example.com/meet', label: 'canary label' }],
  attachments: [{ url: 'https://canary.example.com/file', name: 'canary file' }],
  attendees: [{ email: 'canary@example.com', role: 'required', status: 'accepted', type: 'individual' }],
})

/** Everything of a calendar that anybody could read, as text. */
const allText = (w: World, calendar: number) => JSON.stringify(w.calendar(calendar).all())

describe('a calendar that shows only when I am busy', () => {
  async function doctorAtHome() {
    const w = await world({ members: [busyOnly, {}] })
    const id = w.calendar(home).add(doctor)
    await w.settle()
    return { w, id, copy: w.event(work, 'Busy').id }
  }

  test('shows when, and nothing else: no title, no place, no guest, no link, not even where it comes from', async () => {
    const { w } = await doctorAtHome()
    expect(diary(w, work)).toEqual(['2026-01-05 09:00 Busy'])
    for (const secret of ['Doctor', 'canary', 'cal-b', w.calendarIds[home] ?? ''])
      expect(allText(w, work)).not.toContain(secret)
  })

  test('keeps the secret when the original is renamed, filled in, moved and deleted', async () => {
    const { w, id } = await doctorAtHome()
    w.calendar(home).edit(id, { title: 'canary surgery', description: 'canary ward' })
    await w.settle()
    w.calendar(home).edit(id, { time: hours(11) })
    await w.settle()
    expect(allText(w, work)).not.toContain('canary')
    expect(diary(w, work)).toEqual(['2026-01-05 11:00 Busy'])
    w.calendar(home).remove(id)
    await w.settle()
    expect(w.titles(work)).toEqual([])
  })

  test('keeps the secret of one day of a series', async () => {
    const w = await world({ members: [busyOnly, {}] })
    const series = daily('Therapy')
    const day = changed(series, { title: 'canary group', location: 'canary', time: hours(15, 16, '2026-01-06') })
    w.calendar(home).add({ ...series, overrides: { [slot('2026-01-06')]: day } })
    await w.settle()
    expect(allText(w, work)).not.toMatch(/canary|Therapy/)
    expect(diary(w, work)).toContain('2026-01-06 15:00 Busy')
    expect(diary(w, work)).toHaveLength(10)
  })

  test('can be used to move the meeting: the original moves, and keeps its title and its place', async () => {
    const { w, id, copy } = await doctorAtHome()
    w.calendar(work).edit(copy, { time: hours(14) })
    await w.settle()
    expect(diary(w, home)).toEqual(['2026-01-05 14:00 Doctor'])
    expect(w.calendar(home).get(id)?.content).toEqual({ ...doctor, time: hours(14) })
  })

  test('cannot be used to rename the meeting, nor to empty it', async () => {
    const { w, id, copy } = await doctorAtHome()
    w.calendar(work).edit(copy, { title: 'Not so busy', description: '', location: 'Desk' })
    await w.settle()
    expect(w.calendar(home).get(id)?.content).toEqual(doctor)
  })

  test('lets a meeting be called off there, and says in the log what was in it', async () => {
    const { w, copy } = await doctorAtHome()
    const [{ id = '' } = {}] = (await w.user.events.ofGroup('group')).items
    w.calendar(work).remove(copy)
    await w.settle()
    expect(w.titles(home)).toEqual([])
    expect(JSON.stringify(await w.user.conflicts.ofEvent('group', id))).toContain('Doctor')
  })

  test('does not turn its own "Busy" into a meeting elsewhere', async () => {
    const { w } = await doctorAtHome()
    for (let n = 0; n < 5; n++) await w.sync()
    expect(w.titles(home)).toEqual(['Doctor'])
    expect(wrote(await w.sync())).toBe(0)
  })
})

describe('what each calendar shows is said for each of them', () => {
  test('work sees home as busy, home sees work in full, and the family calendar sees both', async () => {
    const w = await world({ calendars: 3, members: [busyOnly, {}, {}] })
    w.calendar(work).add(content('Review', { time: hours(10) }))
    w.calendar(home).add(content('Dentist', { time: hours(16) }))
    await w.settle()
    expect(diary(w, work)).toEqual(['2026-01-05 10:00 Review', '2026-01-05 16:00 Busy'])
    for (const calendar of [home, family])
      expect(diary(w, calendar)).toEqual(['2026-01-05 10:00 Review', '2026-01-05 16:00 Dentist'])
  })

  test('the word for busy is mine to choose', async () => {
    const w = await world({ members: [{ projection: { show: 'busy', busyTitle: 'Not at my desk' } }, {}] })
    w.calendar(home).add(doctor)
    await w.settle()
    expect(diary(w, work)).toEqual(['2026-01-05 09:00 Not at my desk'])
  })

  test('and may name the calendar that keeps me busy', async () => {
    const w = await world({ members: [{ projection: { show: 'busy', busyTitle: 'Busy ({calendar})' } }, {}] })
    w.calendar(home).add(doctor)
    await w.settle()
    expect(diary(w, work)).toEqual(['2026-01-05 09:00 Busy (cal-b)'])
  })

  test('a calendar of titles shows titles and times, and lets me change both', async () => {
    const w = await world({ members: [{ projection: { show: 'title' } }, {}] })
    const id = w.calendar(home).add(doctor)
    await w.settle()
    expect(diary(w, work)).toEqual(['2026-01-05 09:00 Doctor'])
    expect(allText(w, work)).not.toContain('canary')
    w.calendar(work).edit(w.event(work, 'Doctor').id, { title: 'Dentist', time: hours(11), description: 'typed here' })
    await w.settle()
    expect(w.calendar(home).get(id)?.content).toEqual({ ...doctor, title: 'Dentist', time: hours(11) })
  })

  test('a mark before every title says what is a copy, and does not creep into the original', async () => {
    const w = await world({ members: [{ projection: { fields: { title: [{ prefix: '[home] ' }] } } }, {}] })
    const id = w.calendar(home).add(content('Dentist'))
    await w.settle()
    expect(w.titles(work)).toEqual(['[home] Dentist'])
    w.calendar(work).edit(w.event(work, '[home] Dentist').id, { title: '[home] Surgeon' })
    await w.settle()
    expect(w.calendar(home).get(id)?.content.title).toBe('Surgeon')
    expect(w.titles(work)).toEqual(['[home] Surgeon'])
  })
})

describe('an event that is marked private', () => {
  const secret = content('Interview', { visibility: 'private', description: 'canary firm' })

  test('is busy in every other calendar without anybody asking for that', async () => {
    const w = await world({ calendars: 3 })
    w.calendar(work).add(secret)
    await w.settle()
    for (const calendar of [home, family]) {
      expect(diary(w, calendar)).toEqual(['2026-01-05 09:00 Busy'])
      expect(allText(w, calendar)).not.toMatch(/canary|Interview/)
    }
  })

  test('only later loses its details in the copies that had them', async () => {
    const w = await world()
    const id = w.calendar(work).add({ ...secret, visibility: 'default' })
    await w.settle()
    expect(w.titles(home)).toEqual(['Interview'])
    w.calendar(work).edit(id, { visibility: 'private' })
    await w.settle()
    expect(allText(w, home)).not.toMatch(/canary|Interview/)
  })

  test('and opened again shows its details again', async () => {
    const w = await world()
    const id = w.calendar(work).add(secret)
    await w.settle()
    w.calendar(work).edit(id, { visibility: 'default' })
    await w.settle()
    expect(w.event(home, 'Interview').content.description).toBe('canary firm')
  })

  test('is shown in full where a group says that its calendars are all mine', async () => {
    const w = await world({ members: [{}, { projection: { privateEvents: 'show' } }] })
    w.calendar(work).add(secret)
    await w.settle()
    expect(w.titles(home)).toEqual(['Interview'])
  })
})

describe('what is written down', () => {
  test('about runs and changes holds no title, no place and no description', async () => {
    const w = await world({ members: [busyOnly, {}] })
    const id = w.calendar(home).add(doctor)
    await w.settle()
    w.calendar(home).edit(id, { location: 'canary ward' })
    await w.settle()
    const kept = [(await w.user.runs.list('group')).items, (await w.user.audit.list('group')).items]
    expect(JSON.stringify(kept)).not.toMatch(/canary|Doctor/)
  })

  test('about a failure holds no title, no place and no description', async () => {
    const w = await world()
    await w.settle()
    w.calendar(home).add(doctor)
    w.fault = ({ method, phase }) => (method === 'create' && phase === 'before' ? { code: 'event_refused' } : undefined)
    const run = await w.sync()
    const failures = (await w.user.events.ofGroup('group')).items.map(({ failure }) => failure)
    expect(failures[0]?.code).toBe('event_refused')
    expect(JSON.stringify([run, failures])).not.toMatch(/canary|Doctor/)
  })
})
