export type { Scheduler } from '../scheduler.js'
