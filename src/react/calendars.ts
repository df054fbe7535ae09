import type { AnswerOf, ClientProblem } from '../client/index.js'
import { useRoute } from './use-route.js'

/** A calendar of one of the accounts. */
export type ShownCalendar = AnswerOf<'GET /calendars'>['items'][number]

/** The calendars of all accounts. */
export interface Calendars {
  readonly calendars: readonly ShownCalendar[]
  readonly isLoading: boolean
  readonly error: ClientProblem | undefined
  /** Undefined for one that is not there (any more). */
  find(calendarId: string): ShownCalendar | undefined
  /** What a person calls it; its id where nobody knows. */
  nameOf(calendarId: string): string
}

/** The calendars of all accounts, with a way to find them by their ids. */
export function useCalendars(): Calendars {
  const { data, isLoading, error } = useRoute('GET /calendars')
  const calendars = data?.items ?? []
  const find = (calendarId: string) => calendars.find(({ id }) => id === calendarId)
  return { calendars, isLoading, error, find, nameOf: (id) => find(id)?.name ?? id }
}
