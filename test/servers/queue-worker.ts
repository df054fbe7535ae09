import { openQueue, type QueuePlace } from './queue.js'

/** What a process that works at a queue is started with. */
export interface QueueWorkerInput extends QueuePlace {
  /** How long a job takes. */
  readonly jobMs: number
}

/** Works until it is killed: takes its time for each job, and writes down that it was done. */
async function work(input: QueueWorkerInput): Promise<void> {
  const { scheduler, pool } = await openQueue(input, true)
  await scheduler.start(
    async ({ key, tenant }) => {
      await new Promise((resolve) => setTimeout(resolve, input.jobMs))
      await pool.query(`INSERT INTO ${input.name}_done (key, tenant) VALUES ($1, $2)`, [key, tenant])
      return { type: 'done' }
    },
    { concurrency: 4, silenceMs: 2_000, onError: () => undefined },
  )
  process.send?.('ready')
}

process.once('message', (input) => void work(input as QueueWorkerInput))
process.once('disconnect', () => process.exit(0))
