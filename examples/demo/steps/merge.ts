import { type Demo, sync } from '../demo.js'
import { say, step } from '../screen.js'
import { showAgenda } from '../views.js'
import { span } from '../week.js'

const title = 'Design review'

/** Two people edit one event at the same time, and both are right. */
export async function merge(demo: Demo): Promise<void> {
  step('Edits on both sides')
  say(`In Work somebody moves "${title}" to another room; in Home Mara moves her copy to 14:00.`)
  await demo.work.edit(title, () => ({ location: 'Room Birch' }))
  await demo.home.edit(title, () => ({ time: span('2026-03-26', '14:00', '15:00') }))
  await sync(demo)
  await showAgenda(demo, 'work', 'Work: merged', { title })
  await showAgenda(demo, 'home', 'Home: merged', { title })
}
