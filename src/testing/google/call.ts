import type { Account } from './account.js'
import type { GoogleMethod } from './methods.js'
import type { Query } from './query.js'
import type { World } from './world.js'

/** A request that was understood: which method, by whom, with what. */
export interface Call {
  readonly world: World
  readonly method: GoogleMethod
  readonly account: Account
  readonly path: Readonly<Record<string, string>>
  readonly query: Query
  /** The body, checked by `readBody`; an empty object where the method takes none. */
  readonly body: object
  readonly ifMatch: string | undefined
}

/** An answer before it is sent. */
export interface Answer {
  readonly code: number
  readonly body?: object
}

/** An answer with a resource. */
export function ok(body: object): Answer {
  return { code: 200, body }
}

/** The answer of methods that give nothing. */
export const nothing: Answer = { code: 204 }
