import { describe, expect, test } from 'vitest'
import { completeContent, type EventContent, occurrenceOf } from '../../src/model/content.js'
import { fourServices, services } from '../support/four-services.js'
import { wrote } from '../support/two-calendars.js'

const zone = 'Europe/Berlin'
const hours = (from: string, to: string, day = '2026-03-02'): EventContent['time'] => ({
  start: { kind: 'timed', local: `${day}T${from}:00`, zone },
  end: { kind: 'timed', local: `${day}T${to}:00`, zone },
})
const meeting = (title: string, more: Partial<EventContent> = {}): EventContent =>
  completeContent({ title, time: hours('09:00', '10:00'), ...more })
const weekly = (title: string): EventContent =>
  meeting(title, { recurrence: { rule: 'FREQ=WEEKLY;COUNT=6', rdates: [] } })
const everywhere = (...titles: string[]) => Object.fromEntries(services.map((service) => [service, titles]))

describe('calendars at Google, at Microsoft, at Apple and of an application', () => {
  test('what is entered in one of them is in all of them, once, and then there is nothing left to write', async () => {
    const w = await fourServices()
    for (const service of services) await w.add(service, meeting(`Lunch at ${service}`))
    await w.add('google', weekly('Stand-up'))
    await w.settle()
    expect(await w.titles()).toEqual(everywhere(...services.map((service) => `Lunch at ${service}`).sort(), 'Stand-up'))
    expect(wrote(await w.sync())).toBe(0)
  })

  test('four people change four things of one event, each in another calendar, and all of it is everywhere', async () => {
    const w = await fourServices()
    await w.add('icloud', meeting('Lunch'))
    await w.settle()
    await w.edit('google', 'Lunch', () => ({ location: 'Canteen' }))
    await w.edit('memory', 'Lunch', () => ({ description: 'Bring the plan' }))
    await w.edit('icloud', 'Lunch', () => ({ time: hours('12:00', '13:00') }))
    await w.edit('microsoft', 'Lunch', () => ({ availability: 'out_of_office' }))
    await w.settle()
    for (const service of services)
      expect((await w.event(service, 'Lunch')).content).toMatchObject({
        location: 'Canteen',
        description: 'Bring the plan',
        time: hours('12:00', '13:00'),
        availability: 'out_of_office',
      })
  })

  for (const [born, moved] of [
    ['google', 'icloud'],
    ['icloud', 'google'],
    ['microsoft', 'google'],
    ['icloud', 'microsoft'],
    ['google', 'microsoft'],
    ['microsoft', 'memory'],
  ] as const)
    test(`one occurrence that is moved at ${moved} is moved at ${born}, where the series was made, and the others stay`, async () => {
      const w = await fourServices()
      await w.add(born, weekly('Stand-up'))
      await w.settle()
      const slot = '2026-03-09T09:00:00'
      await w.edit(moved, 'Stand-up', (content) => ({
        overrides: {
          [slot]: {
            kind: 'changed',
            content: { ...occurrenceOf(content), time: hours('15:00', '16:00', '2026-03-09') },
          },
        },
      }))
      await w.settle()
      for (const service of services) {
        const { overrides, time } = (await w.event(service, 'Stand-up')).content
        expect(Object.keys(overrides)).toEqual([slot])
        expect(overrides[slot]).toMatchObject({ content: { time: hours('15:00', '16:00', '2026-03-09') } })
        expect(time).toEqual(hours('09:00', '10:00'))
      }
    })

  test('what is deleted in one of them is deleted in all of them, and stays deleted', async () => {
    const w = await fourServices()
    for (const service of services)
      for (const n of [1, 2, 3, 4]) await w.add(service, meeting(`${service} ${n}`, { location: `Room ${n}` }))
    await w.settle()
    await w.remove('icloud', 'google 1')
    await w.remove('google', 'memory 2')
    await w.remove('memory', 'microsoft 3')
    await w.remove('microsoft', 'icloud 4')
    await w.settle()
    const gone = ['google 1', 'memory 2', 'microsoft 3', 'icloud 4']
    const titles = services.flatMap((service) => [1, 2, 3, 4].map((n) => `${service} ${n}`))
    expect(await w.titles()).toEqual(everywhere(...titles.filter((title) => !gone.includes(title)).sort()))
    expect(wrote(await w.sync())).toBe(0)
  })

  test('a database that is lost doubles nothing, and what was typed meanwhile arrives', async () => {
    const w = await fourServices()
    await w.add('google', weekly('Stand-up'))
    await w.add('icloud', meeting('Lunch'))
    await w.add('microsoft', weekly('Review'))
    await w.settle()
    await w.forget()
    await w.edit('icloud', 'Stand-up', () => ({ location: 'Room 2' }))
    await w.settle()
    expect(await w.titles()).toEqual(everywhere('Lunch', 'Review', 'Stand-up'))
    for (const service of services) expect((await w.event(service, 'Stand-up')).content.location).toBe('Room 2')
  })

  test('whole days stay on their days, and a meeting at its hour when the clocks change', async () => {
    const w = await fourServices()
    const day = (date: string) => ({ kind: 'date', date }) as const
    const fair = { start: day('2026-03-28'), end: day('2026-03-30') }
    const sunday = hours('02:30', '03:30', '2026-10-25')
    await w.add('google', completeContent({ title: 'Fair', time: fair }))
    await w.add('icloud', meeting('Night shift', { time: sunday }))
    await w.add('microsoft', completeContent({ title: 'Leave', time: fair }))
    await w.add('microsoft', meeting('Late shift', { time: sunday }))
    await w.settle()
    for (const service of services) {
      for (const title of ['Fair', 'Leave']) expect((await w.event(service, title)).content.time).toEqual(fair)
      for (const title of ['Night shift', 'Late shift'])
        expect((await w.event(service, title)).content.time).toEqual(sunday)
    }
  })

  test('nobody is mailed, whoever changes a meeting with guests', async () => {
    const w = await fourServices()
    const ann = { email: 'ann@example.org', name: 'Ann' }
    const guest = { ...ann, role: 'required', status: 'needs_action', type: 'individual' } as const
    await w.add('google', meeting('Meeting', { attendees: [guest] }))
    await w.settle()
    await w.edit('icloud', 'Meeting', () => ({ title: 'Meeting at eleven' }))
    await w.settle()
    await w.edit('microsoft', 'Meeting at eleven', () => ({ title: 'Meeting at ten' }))
    await w.settle()
    await w.remove('memory', 'Meeting at ten')
    await w.settle()
    expect(await w.titles()).toEqual(everywhere())
    expect(w.mails()).toEqual([])
  })
})
