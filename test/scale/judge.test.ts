import { describe, expect, test } from 'vitest'
import { MemoryService } from '../../src/providers/memory/index.js'
import { content } from '../support/world.js'
import { type Deeds, judge } from './judge.js'
import { accountOf } from './people.js'

/** One user with two calendars that show the same, and what people did to get there. */
function shown(titles: readonly string[], deeds: Partial<Deeds>) {
  const service = new MemoryService()
  for (const id of ['a', 'b']) {
    service.addCalendar({ id }, accountOf(0))
    for (const title of titles) service.calendar(id, accountOf(0)).add(content(title))
  }
  const nothing = {
    typed: [],
    dismissed: new Set<string>(),
    removed: new Set<string>(),
    made: new Map<string, number>(),
  }
  return judge(service, 1, { ...nothing, ...deeds }, new Set())
}

const typed = (token: string, over = '') => ({ user: 0, event: 'e1', token, over })
const made = new Map([['e1', 0]])
const removed = new Set(['e1'])

describe('the judge of the scale test', () => {
  test('sees a removed event that comes back', () => {
    const deeds = { made, removed, typed: [typed('t1')], dismissed: new Set(['t1']) }
    expect(shown(['e1 t1'], deeds).returned).toEqual(['e1'])
    expect(shown([], deeds)).toEqual({ apart: [], doubled: [], lost: [], returned: [] })
  })

  test('sees it also where it comes back as it was before its last change', () => {
    const deeds = { made, removed, typed: [typed('t1'), typed('t2', 't1')], dismissed: new Set(['t2']) }
    expect(shown(['e1 t1'], deeds).returned).toEqual(['e1'])
  })

  test('knows that an edit outlives a removal of what it had not seen', () => {
    const deeds = { made, removed, typed: [typed('t1'), typed('t2', 't1')], dismissed: new Set(['t1']) }
    expect(shown(['e1 t2'], deeds).returned).toEqual([])
    expect(shown([], deeds).lost).toEqual(['t2 of e1'])
  })
})
