import type { ViewOptions } from './event-view.js'
import type { MicrosoftMethod } from './methods.js'
import type { Preferences, Query } from './query.js'
import type { Place } from './world.js'

/** A request that was understood: which method, in which mailbox, with what. */
export interface Call extends Place {
  readonly method: MicrosoftMethod
  readonly path: Readonly<Record<string, string>>
  readonly query: Query
  readonly prefer: Preferences
  readonly url: URL
  /** The body, checked by `readBody`; an empty object where the method takes none. */
  readonly body: object
  readonly ifMatch: string | undefined
}

/** An answer before it is sent. */
export interface Answer {
  readonly code: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer with a resource. */
export function ok(body: object, code = 200): Answer {
  return { code, body }
}

/** How the request wants events to be shown. */
export function viewOf({ prefer }: Call): ViewOptions {
  return { isImmutable: prefer.isImmutable, zone: prefer.zone ?? 'UTC', bodyType: prefer.bodyType ?? 'html' }
}

/** The beginning of the addresses that answers name: the host that was asked. */
export function baseOf({ url }: Call): string {
  return `${url.origin}/v1.0`
}

/** `@odata.context`, which says what an answer holds. */
export function contextOf(call: Call, what: string): { readonly '@odata.context': string } {
  return { '@odata.context': `${baseOf(call)}/$metadata#users('${encodeURIComponent(call.mailbox.email)}')/${what}` }
}
