import * as z from 'zod'
import {
  type Calendar,
  type CleanedCalendar,
  type Connection,
  ConnectionSchema,
  type ConnectionStatus,
  type Disconnection,
  SyncError,
} from '../../index.js'
import { id, itemsOf } from '../answers/basic.js'
import { type ShownCalendar, ShownCalendarSchema, shownCalendar } from '../answers/calendar.js'
import { ConnectionStatusSchema } from '../answers/health.js'
import { type CopiesQuery, CopiesSchema } from '../inputs.js'
import { fieldsOf, filledIn, type Offer } from '../offers.js'
import type { CheckedOptions } from '../options.js'
import type { Items, Table } from '../route.js'

/** An account to be connected without a sign-in at its service. */
export interface ConnectBody {
  /** Id of the offer. */
  readonly offer: string
  /** What the person filled in, by the names of the offer's fields. */
  readonly fields?: Readonly<Record<string, string>>
  /** What a person calls this account. @default the name of the offer */
  readonly name?: string
  /** A connection to be taken up again, with what proves it now. @default a new one */
  readonly id?: string
}

/** An account and its calendars. */
export interface ConnectedAccount {
  readonly connection: Connection
  readonly calendars: readonly ShownCalendar[]
}

export interface ConnectionRoutes {
  'GET /connections': { readonly answer: Items<Connection> }
  'POST /connections': { readonly body: ConnectBody; readonly answer: ConnectedAccount }
  'POST /connections/{connectionId}/refresh': { readonly answer: Items<ShownCalendar> }
  'DELETE /connections/{connectionId}': { readonly query: CopiesQuery; readonly answer: Disconnection }
  'GET /connections/{connectionId}/status': { readonly answer: ConnectionStatus }
}

const connectBody: z.ZodType<ConnectBody> = z.strictObject({
  offer: z.string().min(1).max(64),
  fields: z.record(z.string().max(64), z.string().max(4_096)).exactOptional(),
  name: z.string().min(1).max(200).exactOptional(),
  id: z.string().min(1).max(128).exactOptional(),
})

const cleaned: z.ZodType<CleanedCalendar> = z.strictObject({
  calendarId: id<Calendar['id']>(),
  removed: z.int(),
  otherIds: z.int(),
  unreadable: z.int(),
  left: z.int(),
})

export const connectionRoutes: Table<ConnectionRoutes> = {
  'GET /connections': {
    summary: 'The connected accounts',
    answer: itemsOf(ConnectionSchema),
    async handle({ user }) {
      return { items: await user.connections.list() }
    },
  },
  'POST /connections': {
    summary: 'Connects an account by what the person filled in',
    body: connectBody,
    answer: z.strictObject({ connection: ConnectionSchema, calendars: z.array(ShownCalendarSchema) }),
    async handle({ user, body, door }) {
      const offer = offerOf(door.options, body.offer)
      if (offer.way === 'oauth')
        throw new SyncError('invalid_input', 'body.offer: this account is connected by a sign-in at its service.')
      const values = body.fields ?? {}
      checkFields(offer, values)
      if (body.id !== undefined) await needConnection(user, body.id, offer)
      const { connection, calendars } = await user.connections.add({
        provider: offer.provider,
        name: body.name ?? offer.name,
        ...filledIn(offer, values),
        ...(body.id === undefined ? {} : { id: body.id }),
      })
      return { connection, calendars: calendars.map(shownCalendar) }
    },
  },
  'POST /connections/{connectionId}/refresh': {
    summary: "Lists an account's calendars anew",
    answer: itemsOf(ShownCalendarSchema),
    async handle({ user, params }) {
      return { items: (await user.connections.refresh(params.connectionId)).map(shownCalendar) }
    },
  },
  'DELETE /connections/{connectionId}': {
    summary: 'Disconnects an account',
    query: CopiesSchema,
    answer: z.strictObject({ connection: ConnectionSchema, revoked: z.boolean(), cleaned: z.array(cleaned) }),
    async handle({ user, params, query }) {
      return user.connections.disconnect(params.connectionId, query)
    },
  },
  'GET /connections/{connectionId}/status': {
    summary: 'How an account is, and why',
    answer: ConnectionStatusSchema,
    async handle({ user, params }) {
      return user.status.connection(params.connectionId)
    },
  },
}

/** @throws SyncError `invalid_input` when there is no such offer. */
export function offerOf({ offers }: Pick<CheckedOptions, 'offers'>, id: string): Offer {
  const offer = offers.find((one) => one.id === id)
  if (offer) return offer
  throw new SyncError('invalid_input', 'body.offer: there is no such offer. See `offers` of /session.')
}

/** A connection that is named has to be there, and of this kind: nobody chooses the ids of others' connections. */
export async function needConnection(
  user: { readonly connections: { list(): Promise<readonly Connection[]> } },
  id: string,
  { provider }: Pick<Offer, 'provider'>,
): Promise<void> {
  const known = (await user.connections.list()).find((one) => one.id === id)
  if (!known) throw new SyncError('invalid_input', 'body.id: there is no such connection.', { reason: 'UNKNOWN_ID' })
  if (known.provider !== provider)
    throw new SyncError('invalid_input', 'body.id: this connection is one of another provider.')
}

function checkFields(offer: Offer, values: Readonly<Record<string, string>>): void {
  const fields = fieldsOf(offer)
  const stranger = Object.keys(values).find((name) => !fields.some((field) => field.name === name))
  if (stranger !== undefined) throw new SyncError('invalid_input', 'body.fields: holds a field that nobody asked for.')
  for (const { name, kind, isRequired = true } of fields) {
    const value = Object.hasOwn(values, name) ? (values[name] ?? '') : ''
    if (isRequired && value === '') throw new SyncError('invalid_input', `body.fields.${name}: is needed.`)
    if (value !== '' && kind === 'url' && !URL.canParse(value))
      throw new SyncError(
        'invalid_input',
        `body.fields.${name}: must be a whole address, like https://calendar.example.com/`,
      )
  }
}
