import * as z from 'zod'
import { type ShownOffer, ShownOfferSchema, shownOffer } from '../offers.js'
import type { Table } from '../route.js'

/** Who one is, and what the door offers. */
export interface Session {
  readonly userId: string
  readonly isOperator: boolean
  /** What may be connected. */
  readonly offers: readonly ShownOffer[]
  /** A sign-in can be begun: the host tells browsers apart. */
  readonly maySignIn: boolean
  /** Groups are synced by themselves, and a sync that is asked for is done by a worker. */
  readonly runsByItself: boolean
  /** `/analytics` works. */
  readonly counts: boolean
  /** `/feeds` works. */
  readonly publishesFeeds: boolean
  /** The header, and its value, that every request has to carry that changes something. */
  readonly header: { readonly name: string; readonly value: string }
  /** The clock of the server, milliseconds since 1970. */
  readonly now: number
}

export interface SessionRoutes {
  'GET /session': { readonly answer: Session }
}

const SessionSchema: z.ZodType<Session> = z.strictObject({
  userId: z.string(),
  isOperator: z.boolean(),
  offers: z.array(ShownOfferSchema),
  maySignIn: z.boolean(),
  runsByItself: z.boolean(),
  counts: z.boolean(),
  publishesFeeds: z.boolean(),
  header: z.strictObject({ name: z.string(), value: z.string() }),
  now: z.number(),
})

export const sessionRoutes: Table<SessionRoutes> = {
  'GET /session': {
    summary: 'Who is signed in, and what may be done here',
    answer: SessionSchema,
    async handle({ who, door: { engine, options, feeds } }) {
      const { runsByItself, counts } = engine.features
      return {
        userId: who.userId,
        isOperator: who.isOperator === true,
        offers: options.offers.map(shownOffer),
        maySignIn: who.session !== undefined && engine.features.signIns.length > 0,
        runsByItself,
        counts,
        publishesFeeds: feeds !== undefined,
        header: { name: 'x-calweave', value: '1' },
        now: options.now(),
      }
    },
  },
}
