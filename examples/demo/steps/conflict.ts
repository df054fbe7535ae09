import { type Demo, groupId, sync } from '../demo.js'
import { say, show, step } from '../screen.js'
import { table } from '../table.js'
import { nameOf, readable, showAgenda } from '../views.js'
import { span } from '../week.js'

const title = 'Dentist'

/** Two people change one field to different values. Nobody is overwritten; a person decides. */
export async function conflict(demo: Demo): Promise<void> {
  step('A conflict')
  say(`Both sides move "${title}", each to another time. This group is set to ask.`)
  await demo.work.edit(title, () => ({ time: span('2026-03-25', '11:00', '11:45') }))
  await demo.home.edit(title, () => ({ time: span('2026-03-25', '07:45', '08:30') }))
  await sync(demo)
  const { conflicts } = demo.worker.user
  const [open] = (await conflicts.listOpen(groupId)).items
  if (!open) throw new Error('the conflict was not parked')
  const rows = open.items.flatMap(({ field, base, sides }) => [
    [field, 'before', readable(base)],
    ...sides.map(({ calendarId, value }) => [field, `${nameOf(demo, calendarId)} says`, readable(value)]),
  ])
  show(`"${title}" waits for a person; both calendars keep what they show`, table(['Field', 'Who', 'What'], rows))
  say('')
  say('Mara decides: Home is right.')
  await conflicts.resolve(open.id, { time: demo.calendars.home.id })
  await sync(demo)
  await showAgenda(demo, 'work', 'Work: decided', { title })
  await showAgenda(demo, 'home', 'Home: decided', { title })
}
