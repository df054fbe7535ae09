import { expect } from 'vitest'
import { type EventContent, type Field, neutralContent, type Override } from '../../src/model/content.js'
import { differingFields } from '../../src/model/equality.js'
import type { RemoteCalendarId } from '../../src/model/ids.js'
import type { CalendarProvider } from '../../src/providers/provider.js'
import { Mirror } from '../../src/testing/provider-mirror.js'
import { meeting, weekly } from '../../src/testing/provider-samples.js'
import { Doings, nameIn, type Screen, touchOther, touchService } from './trouble-people.js'
import type { Side, Step, Touch } from './trouble-steps.js'
import { isIdle, twoCalendars } from './two-calendars.js'

/** A service that is tried: its fake, what reaches it, and a person at its screen. */
export interface TriedService<Method, Fault> {
  readonly clock: { now: number }
  readonly token: string
  readonly calendar: string
  readonly screen: Screen
  /** `meddled`: the way to the service, on which people are busy meanwhile. */
  provider(meddled: (send: typeof fetch) => typeof fetch): CalendarProvider
  fail(plan: { readonly fault: Fault; readonly method: Method; readonly after: number }): void
  heal(): void
  /** Makes every cursor unknown. */
  expire(): void
}

/** Plays what people do and what goes wrong; in the end both calendars have to be alike, and nothing may be lost. */
export async function trouble<Method, Fault>(
  service: TriedService<Method, Fault>,
  steps: readonly Step<Method, Fault>[],
): Promise<void> {
  const { clock, token, screen } = service
  const doings = new Doings()
  /** What people do once so many more requests were made. */
  const between: { after: number; readonly touch: Touch }[] = []
  const provider = service.provider((send) => async (input, init) => {
    for (const one of between) one.after--
    const due = between.filter(({ after }) => after < 0)
    between.splice(0, between.length, ...between.filter(({ after }) => after >= 0))
    for (const { touch } of due) touchService(screen, touch, doings)
    return send(input, init)
  })
  const { other, sync } = await twoCalendars({ provider, token, clock })
  for (const one of steps) await play(one)
  await settle()
  await judge()

  async function play(one: Step<Method, Fault>): Promise<void> {
    clock.now += 1_000
    if ('which' in one) {
      if (one.at === 'service') touchService(screen, one, doings)
      else touchOther(other, one, doings)
      return
    }
    switch (one.do) {
      case 'sync':
        await sync()
        break
      case 'heal':
        service.heal()
        break
      case 'expire':
        service.expire()
        break
      case 'fault':
        service.fail(one)
        break
      case 'between':
        between.push({ after: one.after, touch: one.touch })
        break
      default:
        enter(one.at, one.do)
    }
  }

  function enter(at: Side, kind: 'single' | 'series'): void {
    const title = doings.enter()
    if (at === 'service') screen.add(kind, title)
    else other.add(kind === 'series' ? { ...weekly(), title } : meeting(title))
  }

  async function settle(): Promise<void> {
    service.heal()
    for (let round = 0; round < 30; round++) {
      // From here on nobody does anything.
      if (round === 3) between.splice(0)
      clock.now += 7 * 3_600_000
      if (isIdle(await sync()) && round > 3) return
    }
    throw new Error('not settled after 30 syncs')
  }

  async function judge(): Promise<void> {
    const account = provider.open({ settings: {}, credentials: { accessToken: token } })
    const calendar = service.calendar as RemoteCalendarId
    const person = { add: never, edit: never, remove: never }
    const mirror = new Mirror({ account, calendar, person, close: async () => undefined })
    await mirror.pull()
    const here = byName([...mirror.events.values()])
    const there = byName(other.all())
    expect([...here.keys()].sort()).toEqual([...there.keys()].sort())
    // Reminders are everybody's own; what the service cannot hold stays where it is.
    const apart: readonly Field[] = [...account.capabilities.cannotHold, 'reminders']
    for (const [name, content] of here) {
      const copy = there.get(name) as EventContent
      expect([name, differingFields(common(content, apart), common(copy, apart))]).toEqual([name, []])
    }
    for (const [key, { text, sides }] of doings.words) {
      const [name = '', field] = key.split(' ')
      const content = here.get(name)
      if (sides.size > 1 || doings.removed.has(name) || !content) continue
      expect([key, content[field as 'title' | 'location']]).toEqual([key, text])
    }
    const lost = [...doings.entered].filter((name) => !doings.removed.has(name) && !here.has(name))
    expect(lost).toEqual([])
  }
}

function byName(events: readonly { readonly content: EventContent }[]): Map<string, EventContent> {
  const found = new Map<string, EventContent>()
  for (const { content } of events) {
    const name = nameIn(content.title)
    if (found.has(name)) throw new Error(`${name} stands there twice`)
    found.set(name, content)
  }
  return found
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
