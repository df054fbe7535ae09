import { readFileSync } from 'node:fs'

/** Processor time in milliseconds since some beginning, by who used it. */
export interface ProcessorTimes {
  /** This process: the calendars, the people who edit, and the queueing of what they are told. */
  readonly fakes: number
  readonly workers: number
  readonly database: number
  /** All processors of the machine. */
  readonly machine: number
  /** Of that: nobody. */
  readonly idle: number
}

/** A tick of `/proc`, in milliseconds. It is the same on every Linux. */
const tickMs = 10

/** @param postmaster - The process that started all others of the database */
export function processorTimes(workers: readonly number[], postmaster: number): ProcessorTimes {
  const { user, system } = process.cpuUsage()
  const [, ...machine] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number)
  const [, , , idle = 0, waiting = 0] = machine
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').split(' ').map(Number)
  return {
    fakes: (user + system) / 1_000,
    workers: sum(workers.map((pid) => sum(timesOf(pid).slice(0, 2)))),
    // Its own, of those that ended, and of those that live.
    database: sum(timesOf(postmaster)) + sum(children.filter(Boolean).map((pid) => sum(timesOf(pid).slice(0, 2)))),
    machine: sum(machine.slice(0, 8)) * tickMs,
    idle: (idle + waiting) * tickMs,
  }
}

/** User and system time of a process, and of its children that ended. Of one that ended just now nothing is known. */
function timesOf(pid: number): readonly number[] {
  try {
    // The name of the program, which may hold anything, ends with a bracket.
    const [, rest = ''] = /\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return rest
      .split(' ')
      .slice(11, 15)
      .map((ticks) => Number(ticks) * tickMs)
  } catch {
    return [0, 0, 0, 0]
  }
}

/** Who started a process. */
export function parentOf(pid: number): number {
  const [, parent = ''] = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(parent)
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
