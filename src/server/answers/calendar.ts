import * as z from 'zod'
import type { Calendar } from '../../index.js'
import { id } from './basic.js'

/** A calendar, without how far it has been read: that is in its status. */
export type ShownCalendar = Omit<Calendar, 'pull'>

export function shownCalendar({ pull: _progress, ...calendar }: Calendar): ShownCalendar {
  return calendar
}

export const ShownCalendarSchema: z.ZodType<ShownCalendar> = z.strictObject({
  id: id<Calendar['id']>(),
  userId: id<Calendar['userId']>(),
  connectionId: id<Calendar['connectionId']>(),
  provider: z.string(),
  remoteId: id<Calendar['remoteId']>(),
  name: z.string(),
  access: z.enum(['read', 'write']),
  zone: z.string().nullable(),
  color: z.string().nullable(),
})
