import * as z from 'zod'

declare const brand: unique symbol

/** A string that must not be mixed up with another kind of id. */
export type Id<Name extends string> = string & { readonly [brand]: Name }

export type UserId = Id<'User'>
export type ConnectionId = Id<'Connection'>
/** A calendar as calweave knows it. */
export type CalendarId = Id<'Calendar'>
/** A calendar as its provider knows it (an id, or the address of a collection). */
export type RemoteCalendarId = Id<'RemoteCalendar'>
export type GroupId = Id<'Group'>
/** A synced event: one logical event of a group. */
export type EventId = Id<'Event'>
/** An event as its provider knows it, unique within one calendar. */
export type RemoteId = Id<'Remote'>
/** The iCalendar UID: identity across systems. */
export type Uid = Id<'Uid'>
/** The provider's version of one remote event; opaque, compared for equality only. */
export type Revision = Id<'Revision'>
/** Where the last pull stopped; opaque. */
export type Cursor = Id<'Cursor'>
/**
 * What a copy of ours is created under: a digest of synced event, calendar and incarnation, in the characters `0-9a-v`.
 * Providers derive the remote id, UID or transaction id from it, so that a repeated create meets the first one.
 */
export type CreateKey = Id<'CreateKey'>
/**
 * Stands for a calendar where a person decided in calweave and not in a calendar: on one side of a conflict, or as the
 * one who moved a field last. No calendar has this id.
 */
export const byHand: CalendarId = 'by hand' as CalendarId
export type ConflictId = Id<'Conflict'>
export type RunId = Id<'Run'>

/** A zod schema for one kind of id: any text of 1 to 2,048 characters without control characters. */
export const idSchema = <Name extends string>(): z.ZodType<Id<Name>, string> =>
  z
    .string()
    .min(1)
    .max(2048)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the point
    .regex(/^[^\u0000-\u001f\u007f]+$/, 'must not hold control characters') as never
