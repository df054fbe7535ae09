import type { ReasonCode, ReasonFacts } from './health.js'

/** What is said of a reason: a sentence, and what to do about it where a person has to do something. */
export interface Said {
  readonly words: string
  readonly remedy?: string
}

/** What is said of every reason. A host that speaks another language gives its own, or some of its own. */
export type HealthWords = { readonly [C in ReasonCode]: (facts: ReasonFacts) => Said }

/** Plain English. */
export const englishWords: HealthWords = {
  sign_in_needed: ({ name, failure }) => ({
    words: `Nobody is signed in at ${named(name)} any more.${because(failure)}`,
    remedy: 'Sign in again. Everything goes on from where it stopped.',
  }),
  scopes_missing: ({ name, names = [] }) => ({
    words: `${named(name)} does not allow all that is needed: ${names.length} permission${plural(names.length)} missing.`,
    remedy: 'Sign in again and allow what is asked for.',
  }),
  disconnected: ({ name }) => ({
    words: `${named(name)} was disconnected.`,
    remedy: 'Sign in again to go on, or take its calendars out of their groups.',
  }),
  credentials_refused: ({ name, failure }) => ({
    words: `${named(name)} does not accept the sign-in.${because(failure)}`,
    remedy: 'Sign in again, or give it the right password.',
  }),
  paused: ({ name, names = [] }) => ({
    words: `${named(name)} is paused (${names.join(', ')}).`,
    remedy: 'End the pause to go on.',
  }),
  calendar_gone: ({ name }) => ({
    words: `The calendar ${named(name)} is not there any more. Nothing was removed elsewhere because of that.`,
    remedy: 'Bring the calendar back, or take it out of its groups.',
  }),
  calendar_refuses: ({ name, failure }) => ({
    words: `The calendar ${named(name)} refuses.${because(failure)}`,
    remedy: 'Look at the reason; trying again does not help.',
  }),
  failing: ({ name, failure }) => ({ words: `The calendar ${named(name)} could not be read.${because(failure)}` }),
  failing_for_long: ({ name, failure }) => ({
    words: `The calendar ${named(name)} has not been reached for long.${because(failure)}`,
    remedy: 'Look whether its service has trouble. It is tried again by itself.',
  }),
  throttled_for_long: ({ name }) => ({
    words: `The service of ${named(name)} has been asking for fewer requests for long.`,
    remedy: 'Sync less often, or ask the service for a larger quota.',
  }),
  asked_to_wait: ({ name }) => ({ words: `The service of ${named(name)} asked to be left alone for a while.` }),
  events_unreadable: ({ name, ...facts }) => ({
    words: `${counted(facts, 'event')} of ${named(name)} cannot be read and ${is(facts)} left as ${facts.count === 1 ? 'it is' : 'they are'}.`,
  }),
  push_lost: ({ name, failure }) => ({
    words: `The service of ${named(name)} does not tell of changes any more, so they are noticed later.${because(failure)}`,
    remedy: 'Look whether its notices can reach the application. It is asked again by itself.',
  }),
  first_listing: ({ name }) => ({ words: `The calendar ${named(name)} is being read for the first time.` }),
  too_few_calendars: ({ name }) => ({
    words: `Fewer than two calendars of ${named(name)} can be synced, so nothing is.`,
    remedy: 'See to its calendars.',
  }),
  given_up: ({ name, failure }) => ({
    words: `The sync of ${named(name)} failed again and again, and was given up.${because(failure)}`,
    remedy: 'Look at the reason, then have it tried again.',
  }),
  sync_broken: ({ name, failure }) => ({ words: `The last sync of ${named(name)} broke off.${because(failure)}` }),
  removals_held: ({ name, ...facts }) => ({
    words: `${counted(facts, 'removal')} in ${named(name)} ${is(facts)} held: so many at once may be a mistake.`,
    remedy: 'Approve or reject what is held.',
  }),
  creations_held: ({ name, ...facts }) => ({
    words: `${counted(facts, 'new event')} in ${named(name)} ${is(facts)} held: so many at once may be a mistake.`,
    remedy: 'Approve or reject what is held.',
  }),
  conflicts_open: ({ name, ...facts }) => ({
    words: `${counted(facts, 'conflict')} in ${named(name)} ${facts.count === 1 && !facts.atLeast ? 'waits' : 'wait'} for a decision.`,
    remedy: 'Choose what the events should say.',
  }),
  copies_rewritten: ({ name, ...facts }) => ({
    words: `A calendar of ${named(name)} changes ${counted(facts, 'event')} after every write; ${facts.count === 1 ? 'it is' : 'they are'} left alone.`,
    remedy: 'Edit the events, or have that field not copied.',
  }),
  events_stuck: ({ name, ...facts }) => ({
    words: `${counted(facts, 'event')} of ${named(name)} cannot be written.`,
    remedy: 'Look at why; they are tried again once in a while.',
  }),
  late: ({ name, everyMs }) => ({
    words: `${named(name)} was not synced for longer than it should be${everyMs === undefined ? '' : ` (every ${duration(everyMs)})`}.`,
    remedy: 'Look whether something syncs it.',
  }),
  events_waiting: ({ name, ...facts }) => ({
    words: `${counted(facts, 'event')} of ${named(name)} could not be written and ${is(facts)} tried again.`,
  }),
  first_sync: ({ name }) => ({ words: `The calendars of ${named(name)} are being compared for the first time.` }),
  catching_up: ({ name, ...facts }) => ({
    words: `${counted(facts, 'change')} in ${named(name)} ${is(facts)} under way.`,
  }),
  syncing: ({ name }) => ({ words: `${named(name)} is being synced.` }),
}

function named(name: string): string {
  return `“${name}”`
}

function because(failure: ReasonFacts['failure']): string {
  return failure ? ` ${failure.message}` : ''
}

function counted({ count = 0, atLeast }: Omit<ReasonFacts, 'name'>, noun: string): string {
  return `${atLeast ? 'More than ' : ''}${count} ${noun}${plural(count)}`
}

function is({ count, atLeast }: Omit<ReasonFacts, 'name'>): string {
  return count === 1 && !atLeast ? 'is' : 'are'
}

function plural(count: number): string {
  return count === 1 ? '' : 's'
}

function duration(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1_000, 'second'],
  ] as const
  const [size, unit] = units.find(([size]) => ms >= size && ms % size === 0) ?? [1_000, 'second']
  const count = Math.max(1, Math.round(ms / size))
  return count === 1 ? unit : `${count} ${unit}s`
}
