import { setTimeout as sleep } from 'node:timers/promises'
import { completeContent } from 'calweave'
import { type Demo, groupId, startWorker, sync } from '../demo.js'
import { dyingAfterCreate } from '../dying.js'
import { liveLine, say, step } from '../screen.js'
import { showAgenda } from '../views.js'
import { span } from '../week.js'

const title = "Parents' evening"

/** A worker dies at the worst moment: its copy is in the calendar, and its database does not know. */
export async function crash(demo: Demo): Promise<void> {
  step('A crash, and what the next worker makes of it')
  await demo.home.add(completeContent({ title, location: 'School', time: span('2026-03-27', '19:00', '20:30') }))
  say(`In Home "${title}" is new. The worker writes the copy into Work and dies before it can write that down.`)
  await killWhileCreating(demo)
  say(`Copies of it in Work: ${await demo.work.count(title)}. A new worker starts on the same database.`)
  demo.worker = startWorker(demo.database, [demo.work, demo.home])
  await waitForLease(demo)
  say(`Copies of it in Work: ${await demo.work.count(title)}. Exactly one, and known again:`)
  await showAgenda(demo, 'work', 'Work', { title })
}

/** Nothing of the old worker is heard of again: its call never ends, and its database connection is gone. */
async function killWhileCreating(demo: Demo): Promise<void> {
  await demo.worker.storage.close()
  const { wrap, died } = dyingAfterCreate()
  const doomed = startWorker(demo.database, [demo.work, demo.home], wrap)
  void doomed.user.groups.sync(groupId)
  await died
  await doomed.storage.close()
}

/** The dead worker still holds the group; it is free when the lease has run out. */
async function waitForLease(demo: Demo): Promise<void> {
  const line = liveLine()
  for (let tries = 0; (await sync(demo)).end === 'busy'; tries++) {
    if (tries === 0)
      say('The dead worker still holds the lease of these calendars; the new one waits until it runs out.')
    line.update(`waiting${'.'.repeat(tries % 4)}`)
    await sleep(200)
  }
  line.end()
}
