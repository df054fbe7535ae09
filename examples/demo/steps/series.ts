import { type Demo, sync } from '../demo.js'
import { say, step } from '../screen.js'
import { showAgenda } from '../views.js'
import { span } from '../week.js'

const title = 'Choir practice'

/** One occurrence of a series is moved in the copy; the series at its origin gets exactly that change. */
export async function series(demo: Demo): Promise<void> {
  step('One occurrence of a series')
  say(`In Work Mara moves one "${title}", the one of 31 March, to the next evening.`)
  await demo.work.edit(title, ({ recurrence: _rule, overrides, ...series }) => ({
    overrides: {
      ...overrides,
      '2026-03-31T18:30:00': { kind: 'changed', content: { ...series, time: span('2026-04-01', '19:00', '20:30') } },
    },
  }))
  await sync(demo)
  await showAgenda(demo, 'home', 'Home, where the series is from', { title, days: 21 })
}
