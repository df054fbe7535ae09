import { describe, expect, test } from 'vitest'
import type { NewMember } from '../../src/engine/group-input.js'
import type { EventContent, OccurrenceContent } from '../../src/model/content.js'
import type { CalendarProvider, ProviderAccount } from '../../src/providers/provider.js'
import { content, daily, hours, type World, world } from '../support/world.js'

/** The calendar that may not know, and the one that does. */
const [target, source] = [0, 1]

/** A word in every text that an event has. The title has one of its own, for a copy that may show titles. */
const secrets: Partial<OccurrenceContent> = {
  title: 'canary title',
  description: 'canary description',
  location: 'canary location',
  categories: ['canary category'],
  color: 'canarycolor',
  url: 'https://canary.example/url',
  geo: { latitude: 12.345678, longitude: 87.654321 },
  conferences: [{ url: 'https://canary.example/meet', label: 'canary label' }],
  attachments: [{ url: 'https://canary.example/file', name: 'canary file', mimeType: 'text/canary' }],
  attendees: [
    { email: 'canary@example.com', name: 'canary guest', role: 'required', status: 'accepted', type: 'individual' },
  ],
  organizer: { email: 'canary.organizer@example.com', name: 'canary organizer' },
  reminders: [{ method: 'popup', trigger: { kind: 'offset', seconds: -123_456, from: 'start' } }],
}
const signs = /canary|12\.345678|87\.654321|123456/

const slot = '2026-01-06T09:00:00'

/** A series whose every occurrence is full of secrets, one of them changed. */
const series = (given: Partial<EventContent> = {}): EventContent =>
  daily('x', {
    ...secrets,
    ...given,
    overrides: {
      [slot]: {
        kind: 'changed',
        content: {
          ...onlyOccurrence(content('x', { ...secrets, ...given })),
          title: 'canary day',
          location: 'canary elsewhere',
        },
      },
    },
  })

/** What was told to the target's account, what it answered with, and everything that was said about it. */
interface Wire {
  readonly w: World
  /** One sync through the recorder; `false`: a failure of the sync itself is recorded as well. */
  sync(): Promise<void>
  /** Everything that reached the target, or is told of it, since the start. */
  told(): Promise<readonly string[]>
}

async function wire(members: readonly Partial<NewMember>[], options: Parameters<typeof world>[0] = {}): Promise<Wire> {
  const w = await world({ apart: true, members, ...options })
  const told: string[] = []
  const user = w.worker({ providers: [recording(w, told)] })
  return {
    w,
    sync: async () => {
      w.clock.now += 3_600_000
      const run = await user.groups.sync('group').catch((error: unknown) => told.push(String(error)))
      told.push(JSON.stringify(run))
    },
    told: async () => {
      const calendarId = w.calendarIds[target]
      const audit = (await user.audit.list('group', { limit: 1_000 })).items
      const runs = (await user.runs.list('group', { limit: 1_000 })).items
      const events = (await user.events.ofGroup('group')).items
      const plan = await user.groups.plan('group')
      const conflicts = (await Promise.all(events.map(({ id }) => user.conflicts.ofEvent('group', id)))).flat(2)
      return [
        ...told,
        JSON.stringify(runs),
        JSON.stringify(audit.filter((entry) => entry.calendarId === calendarId)),
        JSON.stringify(JSON.parse(JSON.stringify(conflicts), ofTarget(calendarId as string))),
        JSON.stringify(events.map((event) => (event as { readonly failure?: unknown }).failure ?? null)),
        JSON.stringify(plan.events.flatMap(({ losses }) => losses)),
        JSON.stringify(
          plan.events.flatMap(({ actions }) => actions.filter((action) => action.calendarId === calendarId)),
        ),
        JSON.stringify(w.calendar(target).all()),
      ]
    },
  }
}

/** Keeps of a conflict what is told of one calendar's side. */
function ofTarget(calendarId: string): (key: string, value: unknown) => unknown {
  return (key, value) => {
    if (key === 'base') return null
    if (key !== 'sides') return value
    return (value as readonly { readonly calendarId: string }[]).filter((side) => side.calendarId === calendarId)
  }
}

/** The provider, with every call to the target's account and every error of it written down. */
function recording(w: World, told: string[]): CalendarProvider {
  return {
    id: w.provider.id,
    open: (access) => {
      const account = w.provider.open(access)
      const isTarget = JSON.stringify(access.settings).includes('cal-a')
      return isTarget ? recorded(account, told) : account
    },
  }
}

function recorded(account: ProviderAccount, told: string[]): ProviderAccount {
  return new Proxy(account, {
    get: (whole, name) => {
      const member: unknown = Reflect.get(whole, name)
      if (typeof member !== 'function') return member
      return (...given: readonly unknown[]) => {
        told.push(`${String(name)} ${JSON.stringify(given)}`)
        try {
          const answer: unknown = Reflect.apply(member, whole, given)
          return answer instanceof Promise ? answer.catch(noted) : answer
        } catch (error) {
          return noted(error)
        }
      }
      function noted(error: unknown): never {
        told.push(`${String(error)} ${JSON.stringify(error)} ${String((error as Error).stack)}`)
        throw error
      }
    },
  })
}

function onlyOccurrence({ recurrence: _rule, overrides: _none, ...own }: EventContent): OccurrenceContent {
  return own
}

async function expectNoSign({ told }: Wire, signsOf: RegExp = signs): Promise<void> {
  for (const text of await told()) expect(text.match(signsOf)?.[0], text.slice(0, 2_000)).toBeUndefined()
}

/** What can happen to a secret event in its life, one after the other. */
async function live(one: Wire, given: Partial<EventContent>): Promise<void> {
  const { w, sync } = one
  const calendar = w.calendar(source)
  calendar.rename('canary calendar')
  const id = calendar.add(series(given), { uid: 'canary-uid@example.com' })
  await sync()
  calendar.edit(id, { title: 'canary renamed', description: 'canary edited' })
  await sync()
  const [copy] = w.calendar(target).all()
  expect(copy, 'there is a copy').toBeDefined()
  if (!copy) return
  // Both move it: a conflict of times. And somebody types into the copy what it cannot propose.
  calendar.edit(id, { time: hours(11) })
  w.calendar(target).edit(copy.id, { time: hours(13), location: 'Desk' })
  await sync()
  for (const code of ['unavailable', 'forbidden', 'invalid_response', 'rate_limited'] as const) {
    w.fault = ({ calendar: name, method }) => (name === 'cal-a' && method !== 'page' ? { code } : undefined)
    calendar.edit(id, { title: `canary ${code}`, time: hours(14) })
    await sync()
    w.fault = undefined
    await sync()
  }
  // A write that was never answered, and one that meets a change.
  w.fault = ({ calendar: name, method, phase }) =>
    name === 'cal-a' && method === 'update' && phase === 'after' ? { code: 'timeout' } : undefined
  calendar.edit(id, { location: 'canary moved', time: hours(15) })
  await sync()
  w.fault = undefined
  await sync()
  calendar.edit(id, { overrides: {} })
  await sync()
  w.calendar(target).remove(w.calendar(target).all()[0]?.id ?? '')
  calendar.edit(id, { title: 'canary outlives' })
  await sync()
  await sync()
  calendar.remove(id)
  await sync()
}

describe('nothing of an event that a calendar must not know is in any request to it, nor in what is told of it', () => {
  test('a calendar that is only shown when one is busy', async () => {
    const one = await wire([{ projection: { show: 'busy' } }])
    await live(one, {})
    await expectNoSign(one)
    expect(await one.told()).toContainEqual(expect.stringContaining('"title":"Busy"'))
  })

  test('one whose settings would show everything, were it not busy only', async () => {
    const one = await wire(
      [
        {
          projection: {
            show: 'busy',
            attendees: 'carry',
            text: 'plain',
            reminders: 'copy',
            fields: { title: [{ template: '{title} {description}' }], location: [{ prefix: 'at ' }] },
          },
        },
      ],
      { behaviours: [{ quietAttendees: true, limits: { title: 3 } }] },
    )
    await live(one, {})
    await expectNoSign(one)
  })

  test.each(['private', 'confidential'] as const)(
    'a %s event, in a calendar that shows everything',
    async (visibility) => {
      const one = await wire([{ projection: { attendees: 'asText' } }])
      await live(one, { visibility })
      await expectNoSign(one)
    },
  )

  test('a private event that may be shown, in a calendar that cannot be told that it is private', async () => {
    const one = await wire([{ projection: { privateEvents: 'show' } }], {
      behaviours: [{ cannotHold: ['visibility'] }],
    })
    await live(one, { visibility: 'private' })
    await expectNoSign(one)
  })

  test('a private day of a public series', async () => {
    const one = await wire([{}])
    const hidden = onlyOccurrence(
      content('x', { ...secrets, visibility: 'private', time: hours(15, 16, '2026-01-06') }),
    )
    const id = one.w
      .calendar(source)
      .add(daily('Stand-up', { overrides: { [slot]: { kind: 'changed', content: hidden } } }))
    await one.sync()
    one.w.calendar(source).edit(id, { location: 'Room' })
    await one.sync()
    expect(await one.told()).toContainEqual(expect.stringContaining('"title":"Stand-up"'))
    await expectNoSign(one)
  })

  test('a calendar that shows titles knows the title, and nothing else of it', async () => {
    const one = await wire([{ projection: { show: 'title' } }])
    const id = one.w.calendar(source).add(daily('x', { ...secrets, title: 'Budget' }))
    await one.sync()
    one.w.calendar(source).edit(id, { title: 'Budgets', description: 'canary again' })
    await one.sync()
    expect(one.w.titles(target)).toEqual(['Budgets'])
    await expectNoSign(one)
  })

  test('an event that turns private leaves nothing behind', async () => {
    const one = await wire([{ projection: { attendees: 'carry', reminders: 'copy' } }], {
      behaviours: [{ quietAttendees: true }],
    })
    const id = one.w.calendar(source).add(series())
    await one.sync()
    expect(JSON.stringify(one.w.calendar(target).all())).toMatch(signs)
    one.w.calendar(source).edit(id, ({ overrides }) => ({
      visibility: 'private',
      overrides: Object.fromEntries(Object.entries(overrides)),
    }))
    await one.sync()
    const [{ content: left, mark } = {}] = one.w.calendar(target).all()
    expect(JSON.stringify([left, mark])).not.toMatch(signs)
  })
})

test('the recorder sees what is shown: a calendar that may know everything is told everything', async () => {
  const one = await wire([{ projection: { attendees: 'carry', reminders: 'copy' } }], {
    behaviours: [{ quietAttendees: true }],
  })
  one.w.calendar(source).add(series())
  await one.sync()
  const told = (await one.told()).join('\n')
  for (const sign of [
    'canary title',
    'canary description',
    'canary location',
    'canary category',
    'canarycolor',
    'canary guest',
    'canary.organizer',
    'canary day',
    '12.345678',
    '-123456',
  ])
    expect(told).toContain(sign)
})
