import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SyncEngine } from '../../../src/engine/sync-engine.js'
import { type EventContent, type Field, neutralContent, type Override } from '../../../src/model/content.js'
import { differingFields } from '../../../src/model/equality.js'
import { memoryProvider } from '../../../src/providers/memory/index.js'
import { microsoftProvider } from '../../../src/providers/microsoft/index.js'
import type { ProviderAccount } from '../../../src/providers/provider.js'
import { memoryStorage } from '../../../src/storage/memory.js'
import { fakeMicrosoft } from '../../../src/testing/microsoft/fake-microsoft.js'
import type { FakeMicrosoftFault } from '../../../src/testing/microsoft/faults.js'
import type { MicrosoftMethod } from '../../../src/testing/microsoft/methods.js'
import type { FakeMicrosoftOptions } from '../../../src/testing/microsoft/options.js'
import { Mirror } from '../../../src/testing/provider-mirror.js'
import { hour, meeting, weekly } from '../../../src/testing/provider-samples.js'
import { lunch, monday, mondays } from './opened.js'

/** Raise it to look for trouble; a schedule takes about a twentieth of a second. */
const schedules = 25

const faults: readonly FakeMicrosoftFault[] = [
  { kind: 'lost_answer' },
  { kind: 'lost_request' },
  { kind: 'late_error' },
  { kind: 'cut' },
  { kind: 'status', code: 503 },
  { kind: 'refuse', code: 'ApplicationThrottled' },
  { kind: 'refuse', code: 'ErrorIrresolvableConflict' },
  { kind: 'stale' },
  { kind: 'repeat_page' },
  { kind: 'empty_page' },
  { kind: 'no_delta_link' },
  { kind: 'spurious_removal' },
]
const methods: readonly MicrosoftMethod[] = [
  ...(['events.list', 'events.get', 'events.create', 'events.update', 'events.delete'] as const),
  ...(['calendarView.delta', 'events.instances'] as const),
]

type Side = 'microsoft' | 'other'
type Touch = {
  readonly do: 'edit' | 'occurrence' | 'cancel' | 'back' | 'remove' | 'move' | 'shift' | 'split'
  readonly at: Side
  readonly which: number
}
type Step =
  | Touch
  | { readonly do: 'single' | 'series'; readonly at: Side }
  | { readonly do: 'between'; readonly touch: Touch; readonly after: number }
  | {
      readonly do: 'fault'
      readonly fault: FakeMicrosoftFault
      readonly method: MicrosoftMethod
      readonly after: number
    }
  | { readonly do: 'expire' | 'sync' | 'heal' }

const at = fc.constantFrom('microsoft' as const, 'other' as const)
const which = fc.nat(7)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('single' as const, 'series' as const), at }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('edit', 'occurrence', 'cancel', 'back', 'remove', 'move', 'shift'),
      at,
      which,
    }) as fc.Arbitrary<Step>,
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('between' as const),
      after: fc.nat(12),
      touch: fc.record({
        do: fc.constantFrom(
          'edit' as const,
          'occurrence' as const,
          'cancel' as const,
          'move' as const,
          'shift' as const,
        ),
        at: fc.constant('microsoft' as const),
        which,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('split' as const), at: fc.constant('microsoft' as const), which }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom(...faults),
      method: fc.constantFrom(...methods),
      after: fc.nat(3),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('sync' as const, 'sync' as const, 'expire' as const, 'heal' as const) }),
  },
)
const options: fc.Arbitrary<FakeMicrosoftOptions> = fc.record({
  occurrenceTombstones: fc.constantFrom('none' as const, 'given' as const),
  originalStart: fc.constantFrom('absent' as const, 'given' as const),
  transactionReplay: fc.constantFrom('existing' as const, 'conflict' as const),
  repeats: fc.constantFrom('once' as const, 'doubled' as const),
  order: fc.constantFrom('stored' as const, 'reversed' as const),
  pageSize: fc.constantFrom(1, 3, 100),
})

test('whatever people do and whatever goes wrong, both calendars end alike, with everything that nobody removed', async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { minLength: 3, maxLength: 25 }), async (given, steps) => {
      const world = await trouble(given)
      for (const one of steps) await world.play(one)
      await world.settle()
      await world.judge()
    }),
    { numRuns: schedules },
  )
}, 600_000)

async function trouble(given: FakeMicrosoftOptions) {
  /** What people do once so many more requests were made. */
  const between: { after: number; readonly touch: Touch }[] = []
  const clock = { now: Date.UTC(2026, 1, 27, 8) }
  const microsoft = fakeMicrosoft({ ...given, now: () => clock.now })
  const owner = microsoft.addAccount({ email: 'jane@example.com', token: 'token-of-jane' })
  const jane = owner.calendar()
  const memory = memoryProvider({ now: () => clock.now, calendars: [{ id: 'other' }] })
  const provider = microsoftProvider({
    fetch: async (input, init) => {
      await playBetween()
      return microsoft.fetch(input, init)
    },
    now: () => clock.now,
    requestsPerMinute: 1e9,
    appRequestsPerMinute: 1e9,
    // The fake counts every occurrence in it.
    aheadDays: 60,
  })
  const credentials = { accessToken: owner.token }
  const engine = new SyncEngine({
    providers: [provider, memory],
    now: () => clock.now,
    secret: 'a secret of this test',
    credentials: () => credentials,
    storage: memoryStorage(),
  })
  const user = engine.user('user_1')
  await user.connections.add({ provider: 'microsoft', id: 'microsoft' })
  await user.connections.add({ provider: 'memory', id: 'memory' })
  const members = (await user.calendars.list()).map(({ id }) => ({ calendarId: id }))
  await user.groups.create({ name: 'Both', id: 'group', members })
  const other = memory.service.calendar('other')
  let names = 0
  /** Titles of what nobody has removed anywhere. */
  const kept = new Set<string>()
  const removed = new Set<string>()

  const units = () => jane.all()
  async function playBetween(): Promise<void> {
    for (const one of between) one.after--
    const due = between.filter(({ after }) => after < 0)
    between.splice(0, between.length, ...between.filter(({ after }) => after >= 0))
    for (const { touch } of due) await atMicrosoft(touch)
  }
  /** What was typed last into a field of an event, and on which sides anything ever was. */
  const words = new Map<string, { readonly text: string; readonly sides: ReadonlySet<Side> }>()
  const typed = (field: 'title' | 'location', text: string, side: Side): void => {
    const key = `${root(text)} ${field}`
    words.set(key, { text, sides: new Set([...(words.get(key)?.sides ?? []), side]) })
  }
  const root = (title: string): string => title.split(' ')[0] ?? ''
  const sync = async () => {
    clock.now += 61_000
    return user.groups.sync('group')
  }
  const late = hour('2026-03-03T18:00:00', '2026-03-03T19:00:00', 'Europe/Berlin')

  async function atMicrosoft(one: Touch): Promise<void> {
    const all = units()
    const event = all[one.which % Math.max(1, all.length)]
    if (!event?.id) return
    const { id } = event
    const isSeries = event.type === 'seriesMaster'
    const name = `${root(event.subject ?? '')} v${++names}`
    switch (one.do) {
      case 'edit':
        typed('title', name, 'microsoft')
        return void jane.edit(id, { subject: name })
      case 'move':
        typed('location', name, 'microsoft')
        return void jane.edit(id, { location: { displayName: name } })
      case 'occurrence':
        if (isSeries && hasMonday(id, 1))
          jane.editOccurrence(id, monday(1), { body: { contentType: 'text', content: name } })
        return
      case 'cancel':
        if (isSeries && hasMonday(id, 2)) jane.removeOccurrence(id, monday(2))
        return
      case 'shift':
        if (isSeries) jane.edit(id, atHour(event.start?.dateTime?.slice(0, 10) ?? '', 8 + (names % 8)))
        return
      case 'back':
        return
      case 'split':
        if (isSeries && hasMonday(id, 1) && hasMonday(id, 2)) {
          const title = `E${++names}`
          kept.add(title)
          jane.split(id, monday(2), { subject: title })
        }
        return
      case 'remove':
        removed.add(root(event.subject ?? ''))
        return jane.remove(id)
      default:
        return one.do satisfies never
    }
  }

  function atHour(date: string, hour: number) {
    const at = (minutes: string) => ({
      dateTime: `${date}T${String(hour).padStart(2, '0')}:${minutes}:00`,
      timeZone: 'Europe/Berlin',
    })
    return { start: at('00'), end: at('30') }
  }

  function hasMonday(id: string, n: number): boolean {
    return jane.occurrences(id).some(({ occurrenceId }) => occurrenceId?.endsWith(monday(n)))
  }

  async function atOther(one: Touch): Promise<void> {
    const all = other.all()
    const event = all[one.which % Math.max(1, all.length)]
    if (!event) return
    const { content } = event
    const name = `${root(content.title)} v${++names}`
    const slot =
      content.recurrence && content.time.start.kind === 'timed'
        ? `2026-03-${one.do === 'cancel' ? 16 : '09'}T${content.time.start.local.slice(11)}`
        : undefined
    const start = content.time.start.kind === 'timed' ? content.time.start.local : ''
    const within = slot !== undefined && slot > start && !/UNTIL=202603[01]/.test(content.recurrence?.rule ?? '')
    switch (one.do) {
      case 'edit':
        typed('title', name, 'other')
        return other.edit(event.id, { title: name })
      case 'move':
        if (content.recurrence) typed('location', name, 'other')
        return other.edit(event.id, content.recurrence ? { location: name } : { time: late })
      case 'occurrence':
      case 'cancel': {
        if (!within || !slot) return
        const { recurrence: _rule, overrides: _own, ...plain } = content
        const day = slot.slice(0, 10)
        const time = hour(`${day}T20:00:00`, `${day}T21:00:00`, 'Europe/Berlin')
        const override =
          one.do === 'cancel'
            ? ({ kind: 'cancelled' } as const)
            : ({ kind: 'changed', content: { ...plain, time, description: name } } as const)
        return other.edit(event.id, { overrides: { ...content.overrides, [slot]: override } })
      }
      case 'remove':
        removed.add(root(content.title))
        return other.remove(event.id)
      case 'back': {
        const cancelled = Object.keys(content.overrides).find((own) => content.overrides[own]?.kind === 'cancelled')
        if (cancelled === undefined) return
        const { [cancelled]: _back, ...overrides } = content.overrides
        return other.edit(event.id, { overrides })
      }
      case 'shift': {
        if (!content.recurrence || content.time.start.kind !== 'timed') return
        const day = start.slice(0, 10)
        const from = String(8 + (names % 8)).padStart(2, '0')
        const time = hour(`${day}T${from}:15:00`, `${day}T${from}:45:00`, 'Europe/Berlin')
        return other.edit(event.id, { time, overrides: {} })
      }
      case 'split':
        return
      default:
        return one.do satisfies never
    }
  }

  return {
    async play(one: Step): Promise<void> {
      clock.now += 1_000
      if (one.do === 'sync') return void (await sync())
      if (one.do === 'heal') return microsoft.heal()
      if (one.do === 'expire') return owner.expireDeltaTokens()
      if (one.do === 'fault') return microsoft.fail(one)
      if (one.do === 'between') return void between.push({ after: one.after, touch: one.touch })
      if (one.do === 'single' || one.do === 'series') {
        const title = `E${++names}`
        kept.add(title)
        if (one.at === 'microsoft') jane.create({ ...(one.do === 'series' ? mondays : lunch(title)), subject: title })
        else other.add(one.do === 'series' ? { ...weekly(), title } : meeting(title))
        return
      }
      if ('which' in one) return one.at === 'microsoft' ? atMicrosoft(one) : atOther(one)
    },
    async settle(): Promise<void> {
      microsoft.heal()
      for (let round = 0; round < 30; round++) {
        // From here on nobody does anything.
        if (round === 3) between.splice(0)
        clock.now += 7 * 3_600_000
        const run = await sync()
        const { created, updated, removed } = run.counts
        if (
          round > 3 &&
          created + updated + removed === 0 &&
          !run.more &&
          run.end === 'finished' &&
          run.failures.length === 0
        )
          return
      }
      throw new Error('not settled after 30 syncs')
    },
    async judge(): Promise<void> {
      const account: ProviderAccount = provider.open({ settings: {}, credentials })
      const person = { add: never, edit: never, remove: never }
      const mirror = new Mirror({
        account,
        calendar: jane.id as never,
        person,
        close: async () => undefined,
      })
      await mirror.pull()
      const here = byRoot([...mirror.events.values()])
      const there = byRoot(other.all())
      expect([...here.keys()].sort()).toEqual([...there.keys()].sort())
      // Reminders are everybody's own; what Microsoft cannot hold stays where it is.
      const apart: readonly Field[] = [...account.capabilities.cannotHold, 'reminders']
      for (const [name, content] of here) {
        const copy = there.get(name) as EventContent
        expect([name, differingFields(common(content, apart), common(copy, apart))]).toEqual([name, []])
      }
      for (const [key, { text, sides }] of words) {
        const [name = '', field] = key.split(' ')
        const content = here.get(name)
        if (sides.size > 1 || removed.has(name) || !content) continue
        expect([key, content[field as 'title' | 'location']]).toEqual([key, text])
      }
      const lost = [...kept].filter((name) => !removed.has(name) && !here.has(name))
      expect(lost).toEqual([])
    },
  }

  function byRoot(events: readonly { readonly content: EventContent }[]): Map<string, EventContent> {
    const found = new Map<string, EventContent>()
    for (const { content } of events) {
      const name = root(content.title)
      if (found.has(name)) throw new Error(`${name} stands there twice`)
      found.set(name, content)
    }
    return found
  }
}

/** A content without these fields, in its occurrences, too. */
function common(content: EventContent, apart: readonly Field[]): EventContent {
  const blank = Object.fromEntries(apart.map((field) => [field, neutralContent[field as 'title']]))
  const overrides = Object.entries(content.overrides).map(([slot, one]): [string, Override] => [
    slot,
    one.kind === 'changed' ? { kind: 'changed', content: { ...one.content, ...blank } } : one,
  ])
  return { ...content, ...blank, overrides: Object.fromEntries(overrides) }
}

async function never(): Promise<never> {
  throw new Error('nobody edits through this')
}
