import { type Demo, groupId, sync } from '../demo.js'
import { say, step } from '../screen.js'
import { showFile, showWeek } from '../views.js'
import { ofHome, ofWork } from '../week.js'

/** The file is read, and the two calendars get what the other one and the file have. */
export async function firstSync(demo: Demo, hasOwnFile: boolean): Promise<void> {
  step('The first sync, both ways')
  for (const content of ofWork) await demo.work.add(content)
  for (const content of ofHome) await demo.home.add(content)
  const { events } = await demo.worker.user.groups.plan(groupId)
  const copies = events.flatMap(({ actions }) => actions).filter(({ kind }) => kind === 'create')
  say(`A dry run sees ${events.length} events and would make ${copies.length} copies. Nothing is written yet.`)
  await sync(demo)
  if (hasOwnFile) await showFile(demo)
  await showWeek(demo)
  say('')
  say('A private event is copied as "Busy"; a team calendar that is a file is read and never written.')
}
