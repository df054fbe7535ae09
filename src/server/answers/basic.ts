import * as z from 'zod'
import type { Count, Json, Subject } from '../../index.js'
import type { Items } from '../route.js'

/** Pieces of answers that have no public schema of their own. */

/** An id of any kind. */
export const id = <T extends string>(): z.ZodType<T> => z.string() as unknown as z.ZodType<T>

export const json: z.ZodType<Json> = z.json() as z.ZodType<Json>

export const count: z.ZodType<Count> = z.strictObject({ count: z.int(), atLeast: z.boolean() })

export const subject: z.ZodType<Subject> = z.strictObject({
  kind: z.enum(['user', 'connection', 'calendar', 'group']),
  id: z.string(),
})

/** A page of a list. */
export function itemsOf<T>(one: z.ZodType<T>): z.ZodType<Items<T>> {
  return z.strictObject({ items: z.array(one), next: z.string().exactOptional() })
}

/** What there is to say when something was done and there is nothing to tell of it. */
export interface Done {
  readonly done: true
}

export const DoneSchema: z.ZodType<Done> = z.strictObject({ done: z.literal(true) })
export const done: Done = { done: true }
