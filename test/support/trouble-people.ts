import type { MemoryCalendar } from '../../src/providers/memory/index.js'
import { hour } from '../../src/testing/provider-samples.js'
import type { Side, Touch } from './trouble-steps.js'

/** The hands of a person at the service that is tried. Series are of Mondays at nine in Berlin, from 2 March 2026. */
export interface Screen {
  events(): readonly { readonly id: string; readonly title: string; readonly isSeries: boolean }[]
  add(kind: 'single' | 'series', title: string): void
  rename(id: string, title: string): void
  /** Another location. */
  move(id: string, location: string): void
  /** Whether the series has its n-th Monday, counted from 0. */
  hasMonday(id: string, n: number): boolean
  describe(id: string, n: number, text: string): void
  cancel(id: string, n: number): void
  /** The whole series at another hour of its day. */
  shift(id: string, hour: number): void
  split(id: string, n: number, title: string): void
  remove(id: string): void
}

/** What the people did. A title begins with the name of its event, which stays. */
export class Doings {
  /** Names of all that was entered. */
  readonly entered: Set<string> = new Set()
  readonly removed: Set<string> = new Set()
  /** What was typed last into a field of an event, and on which sides anything ever was. */
  readonly words: Map<string, { readonly text: string; readonly sides: ReadonlySet<Side> }> = new Map()
  count = 0

  enter(): string {
    const name = `E${++this.count}`
    this.entered.add(name)
    return name
  }

  /** Another text for the event of this title. */
  text(title: string): string {
    return `${nameIn(title)} v${++this.count}`
  }

  typed(field: 'title' | 'location', text: string, side: Side): void {
    const key = `${nameIn(text)} ${field}`
    this.words.set(key, { text, sides: new Set([...(this.words.get(key)?.sides ?? []), side]) })
  }
}

/** The part of a title that stays. */
export function nameIn(title: string): string {
  return title.split(' ')[0] ?? ''
}

/** Does it at the service. */
export function touchService(screen: Screen, one: Touch, doings: Doings): void {
  const all = screen.events()
  const event = all[one.which % Math.max(1, all.length)]
  if (!event) return
  const { id, title, isSeries } = event
  const text = doings.text(title)
  const has = (n: number): boolean => isSeries && screen.hasMonday(id, n)
  switch (one.do) {
    case 'edit':
      doings.typed('title', text, 'service')
      screen.rename(id, text)
      break
    case 'move':
      doings.typed('location', text, 'service')
      screen.move(id, text)
      break
    case 'occurrence':
      if (has(1)) screen.describe(id, 1, text)
      break
    case 'cancel':
      if (has(2)) screen.cancel(id, 2)
      break
    case 'shift':
      if (isSeries) screen.shift(id, 8 + (doings.count % 8))
      break
    case 'back':
      break
    case 'split':
      if (has(1) && has(2)) screen.split(id, 2, doings.enter())
      break
    case 'remove':
      doings.removed.add(nameIn(title))
      screen.remove(id)
      break
    default:
      one.do satisfies never
  }
}

/** Does it at the calendar in this process. */
export function touchOther(other: MemoryCalendar, one: Touch, doings: Doings): void {
  const all = other.all()
  const event = all[one.which % Math.max(1, all.length)]
  if (!event) return
  const { id, content } = event
  const text = doings.text(content.title)
  const start = content.time.start.kind === 'timed' ? content.time.start.local : ''
  switch (one.do) {
    case 'edit':
      doings.typed('title', text, 'other')
      other.edit(id, { title: text })
      break
    case 'move':
      if (content.recurrence) doings.typed('location', text, 'other')
      other.edit(id, content.recurrence ? { location: text } : { time: late })
      break
    case 'occurrence':
    case 'cancel': {
      if (!content.recurrence || start === '') return
      const slot = `2026-03-${one.do === 'cancel' ? 16 : '09'}T${start.slice(11)}`
      if (slot <= start || /UNTIL=202603[01]/.test(content.recurrence.rule ?? '')) return
      const { recurrence: _rule, overrides: _own, ...plain } = content
      const time = onDay(slot, '20:00', '21:00')
      const override =
        one.do === 'cancel'
          ? ({ kind: 'cancelled' } as const)
          : ({ kind: 'changed', content: { ...plain, time, description: text } } as const)
      other.edit(id, { overrides: { ...content.overrides, [slot]: override } })
      break
    }
    case 'back': {
      const cancelled = Object.keys(content.overrides).find((own) => content.overrides[own]?.kind === 'cancelled')
      if (cancelled === undefined) return
      const { [cancelled]: _back, ...overrides } = content.overrides
      other.edit(id, { overrides })
      break
    }
    case 'shift': {
      if (!content.recurrence || start === '') return
      const from = String(8 + (doings.count % 8)).padStart(2, '0')
      other.edit(id, { time: onDay(start, `${from}:15`, `${from}:45`), overrides: {} })
      break
    }
    case 'remove':
      doings.removed.add(nameIn(content.title))
      other.remove(id)
      break
    case 'split':
      break
    default:
      one.do satisfies never
  }
}

const late = hour('2026-03-03T18:00:00', '2026-03-03T19:00:00', 'Europe/Berlin')

function onDay(local: string, from: string, to: string): ReturnType<typeof hour> {
  const day = local.slice(0, 10)
  return hour(`${day}T${from}:00`, `${day}T${to}:00`, 'Europe/Berlin')
}
